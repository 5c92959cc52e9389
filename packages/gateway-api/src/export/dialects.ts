/** The two vocabularies of an export. It knows no words of theirs. */

/** `gateway-api` is what every implementation may know, `kgateway` adds kgateway's own kinds. */
export type ExportDialect = 'gateway-api' | 'kgateway'
