/** The TLS settings of one side, as the flags give them to whoever speaks TLS. */

/** TLS versions by OpenSSL's names. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** TLS of one side (clients or peers); without `certFile` and `autoTls` nothing is served over TLS. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly trustedCaFile: string;
  readonly crlFile: string;
  readonly clientCertAuth: boolean;
  readonly allowedHostnames: readonly string[];
  readonly allowedCommonNames: readonly string[];
  /** Make a certificate when none is given. */
  readonly autoTls: boolean;
  readonly selfSignedValidityYears: number;
  /** OpenSSL's names; empty for the default choice. */
  readonly cipherSuites: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Where self-made certificates are kept. */
  readonly fixturesDir: string;
}
