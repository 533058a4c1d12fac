// The numbered errors of the v2 API: number, text and HTTP status, as of 0.4 to 3.4; the texts in which 0.2 differed.
// A number's status holds on every path of `/v2`; causes and indexes belong to whoever answers.

/** One numbered error. */
export interface V2Error {
  readonly message: string;
  readonly http: number;
  /** Where 0.2 worded it otherwise. 0.2 answered 400, or 500 for the three hundreds. */
  readonly message02?: string;
}

/** Every error number of v2, with the text clients show and the HTTP status it comes with. */
export const v2Errors = {
  100: { message: "Key not found", http: 404, message02: "Key Not Found" },
  101: { message: "Compare failed", http: 412, message02: "Test Failed" },
  102: { message: "Not a file", http: 403, message02: "Not A File" },
  103: { message: "Reached the max number of peers in the cluster", http: 400 },
  104: { message: "Not a directory", http: 400, message02: "Not A Directory" },
  105: { message: "Key already exists", http: 412, message02: "Already exists" },
  106: { message: "The prefix of given key is a keyword in etcd", http: 400 },
  107: { message: "Root is read only", http: 400 },
  108: { message: "Directory not empty", http: 403 },
  109: { message: "Peer address has existed", http: 400 },
  110: { message: "The request requires user authentication", http: 401 },

  200: { message: "Value is Required in POST form", http: 400 },
  201: { message: "PrevValue is Required in POST form", http: 400 },
  202: { message: "The given TTL in POST form is not a number", http: 400 },
  203: { message: "The given index in POST form is not a number", http: 400 },
  204: { message: "Value or TTL is required in POST form", http: 400 },
  205: { message: "The given timeout in POST form is not a number", http: 400 },
  206: { message: "Name is required in POST form", http: 400 },
  207: { message: "Index or value is required", http: 400 },
  208: { message: "Index and value cannot both be specified", http: 400 },
  209: { message: "Invalid field", http: 400 },
  210: { message: "Invalid POST form", http: 400 },
  211: { message: "Value provided on refresh", http: 400 },
  212: { message: "A TTL must be provided on refresh", http: 400 },

  300: { message: "Raft Internal Error", http: 500 },
  301: { message: "During Leader Election", http: 500 },

  400: { message: "watcher is cleared due to etcd recovery", http: 400 },
  401: { message: "The event in requested index is outdated and cleared", http: 400 },
  402: { message: "Standby Internal Error", http: 400 },
  403: { message: "Invalid active size", http: 400 },
  404: { message: "Standby remove delay", http: 400 },

  500: { message: "Client Internal Error", http: 400 },
} as const satisfies Record<number, V2Error>;

/** The number of a v2 error. */
export type V2ErrorCode = keyof typeof v2Errors;
