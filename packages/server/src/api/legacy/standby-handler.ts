/** The client port of a machine of 0.4 that stands by: it sends everybody to the leader. */
import type { HttpHandler } from "../../ports/index.ts";
import { corsForms, failureBody, withCors } from "../v2/index.ts";
import { redirectTo } from "./legacy-answers.ts";

/** `leaderUrl` is asked for every request. */
export function createStandbyHandler(options: {
  readonly cors: readonly string[];
  leaderUrl(): string | undefined;
}): HttpHandler {
  const serve: HttpHandler = (request) => {
    const url = options.leaderUrl();
    if (url !== undefined) return redirectTo(url, request);
    const headers = { "Content-Type": "application/json", "X-Etcd-Index": "0" };
    return { status: 400, headers, body: failureBody({ code: 402, cause: "", index: 0 }, "Standby Internal Error") };
  };
  return withCors(serve, { origins: options.cors, form: corsForms["0.4"] });
}
