/** A key and its self-signed certificate, made for these tests alone: both hosts of the specification's Gateway. Valid until 2126. */

export const certificate = `-----BEGIN CERTIFICATE-----
MIIB2DCCAX2gAwIBAgIUQcp9lEze1IoI9hLdZfBEDrLt4nIwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVaW5mZXJlbmNlLmV4YW1wbGUuY29tMCAXDTI2MTEyNjEzMDMx
NFoYDzIxMjYxMTAyMTMwMzE0WjAgMR4wHAYDVQQDDBVpbmZlcmVuY2UuZXhhbXBs
ZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATwsIMuvc6Nx+gGTopHndUD
CFh/4guiNB97ntrIc53is3p//QE8Df7k/8waVqJBUf035pkH1JAYMBJvwg5TEQ6p
o4GSMIGPMB0GA1UdDgQWBBRukEm9TVlQOF6Q3Jxfa9Xc8XsH5TAfBgNVHSMEGDAW
gBRukEm9TVlQOF6Q3Jxfa9Xc8XsH5TAPBgNVHRMBAf8EBTADAQH/MDwGA1UdEQQ1
MDOCFWluZmVyZW5jZS5leGFtcGxlLmNvbYIaaW5mZXJlbmNlLWdycGMuZXhhbXBs
ZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhAKE26ZqCu2GvFfAQYYIP5l0L9uFCpM1i
kwgbaeMdfW1dAiEA1s84T+NwS7SuY1LIW5FRBoBrxmY3JM6Ugv9CRPfITvA=
-----END CERTIFICATE-----
`

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQv4lzd7BYE0BBcV7
20ePPPEszs57plMFWWnynfoKvFWhRANCAATwsIMuvc6Nx+gGTopHndUDCFh/4gui
NB97ntrIc53is3p//QE8Df7k/8waVqJBUf035pkH1JAYMBJvwg5TEQ6p
-----END PRIVATE KEY-----
`

/** A Secret with them, of the namespace of the Gateway. */
export function secret(name: string): string {
  const indented = (text: string): string => text.trimEnd().replaceAll('\n', '\n    ')
  return `apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ai-gateway }
type: kubernetes.io/tls
stringData:
  tls.crt: |
    ${indented(certificate)}
  tls.key: |
    ${indented(key)}
`
}
