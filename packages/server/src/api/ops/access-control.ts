/**
 * What every HTTP request passes before its handler: the host whitelist (against DNS rebinding, CVE-2018-5702; only
 * without TLS), the refusal of certificate identities on the gateway (CVE-2018-16886), CORS headers, and OPTIONS.
 * Texts and order are etcd's.
 */
import type { HttpHandler, HttpRequest, HttpResponse } from "../../ports/index.ts";
import { goError } from "./go-answers.ts";

/** The flag `--host-whitelist`. */
export interface HostWhitelistOptions {
  /** Empty or with `*`: every host. */
  readonly hostWhitelist: readonly string[];
  readonly onRefusedHost?: (host: string) => void;
}

/** The flags `--host-whitelist` and `--cors`, and what the gateway must refuse. */
export interface AccessControlOptions extends HostWhitelistOptions {
  /** Empty or with `*`: every origin. */
  readonly cors: readonly string[];
  /** Whether a certificate's common name must not be taken for the gateway's user: client certificates and auth are on. */
  readonly refusesCommonNames: () => boolean;
}

/** Wraps a handler in the check of hosts alone: for releases that knew no other, but are as open to DNS rebinding. */
export function withHostWhitelist(handler: HttpHandler, options: HostWhitelistOptions): HttpHandler {
  if (allowAll(options.hostWhitelist)) return handler;
  const hosts = new Set(options.hostWhitelist);
  return (request) => refuseHost(request, { hosts, ...options }) ?? handler(request);
}

/** Wraps a handler in the checks. */
export function withAccessControl(handler: HttpHandler, options: AccessControlOptions): HttpHandler {
  const hosts = allowAll(options.hostWhitelist) ? undefined : new Set(options.hostWhitelist);
  const everywhere = allowAll(options.cors) ? corsHeaders("*") : undefined;
  const byOrigin = new Map(options.cors.map((origin) => [origin, corsHeaders(origin)]));
  const whitelist = { ...options, hosts };
  return (request) => {
    const refusal = refuseHost(request, whitelist) ?? refuseCommonName(request, options);
    if (refusal !== undefined) return refusal;
    const { origin } = request.headers;
    const common = everywhere ?? (origin === undefined ? undefined : byOrigin.get(origin));
    if (request.method === "OPTIONS") return addHeaders({ status: 200, headers: {}, body: "" }, common);
    const response = handler(request);
    return response instanceof Promise ? response.then((one) => addHeaders(one, common)) : addHeaders(response, common);
  };
}

function allowAll(list: readonly string[]): boolean {
  return list.length === 0 || list.includes("*");
}

function refuseHost(
  request: HttpRequest,
  { hosts, onRefusedHost }: { hosts: ReadonlySet<string> | undefined; onRefusedHost?: (host: string) => void },
): HttpResponse | undefined {
  if (hosts === undefined || request.tls !== undefined) return undefined;
  const host = hostName(request.headers["host"] ?? "");
  if (hosts.has(host)) return undefined;
  onRefusedHost?.(host);
  return goError(421, refusedHostText(host));
}

/** Without the port; as Go does it, what does not look like `host:port` is taken whole. */
function hostName(host: string): string {
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/.exec(host);
  return parts?.[1] ?? parts?.[2] ?? host;
}

function refusedHostText(host: string): string {
  return `
etcd received your request, but the Host header was unrecognized.

To fix this, choose one of the following options:
- Enable TLS, then any HTTPS request will be allowed.
- Add the hostname you want to use to the whitelist in settings.
  - e.g. etcd --host-whitelist ${JSON.stringify(host)}

This requirement has been added to help prevent "DNS Rebinding" attacks (CVE-2018-5702).
`;
}

function refuseCommonName(request: HttpRequest, options: AccessControlOptions): HttpResponse | undefined {
  if (request.tls === undefined || !/^\/v3(beta)?\//.test(request.path)) return undefined;
  if (request.tls.clientCommonName === "" || !options.refusesCommonNames()) return undefined;
  return goError(
    400,
    "CommonName of client sending a request against gateway will be ignored and not used as expected",
  );
}

type Headers = NonNullable<HttpResponse["commonHeaders"]>;

function corsHeaders(origin: string): Headers {
  return {
    "Access-Control-Allow-Headers": "accept, content-type, authorization",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE",
    "Access-Control-Allow-Origin": origin,
  };
}

/** On the path of every request: to put them among the others costs as much as all the rest of an answer's head. */
function addHeaders({ status, headers, body }: HttpResponse, commonHeaders: Headers | undefined): HttpResponse {
  return { status, headers, commonHeaders, body };
}
