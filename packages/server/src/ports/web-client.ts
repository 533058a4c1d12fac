/** Asking a web server that is none of the members, by URL. */

export interface WebRequest {
  readonly method: "GET" | "PUT";
  readonly url: string;
  /** Sent as a form; absent: no body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Absent: the answer may take forever, as that of a watch does. */
  readonly timeoutMs?: number;
}

/** The answer of a web server. */
export interface WebAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WebClient {
  /** Follows redirects. Rejects with one line when there is no answer; any other status is an answer. */
  ask(request: WebRequest): Promise<WebAnswer>;
}
