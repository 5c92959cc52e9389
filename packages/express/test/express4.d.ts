/** Express 4 under its alias, with the types of Express 5: what the tests use is the same in both. */

declare module 'express4' {
  export { default } from 'express'
}
