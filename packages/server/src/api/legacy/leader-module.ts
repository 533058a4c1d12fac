/** `/mod/v2/leader`: an election by name, which is a lock whose value is the leader's name. */
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { guessedType } from "./legacy-dialect.ts";
import { type LockModule, moduleError } from "./lock-module.ts";
import { anyFormValues } from "./multipart-form.ts";

/** Serves elections; `key` is what follows `/mod/v2/leader`, decoded. */
export function createLeaderModule(
  lock: LockModule,
): (request: HttpRequest, key: string) => Promise<HttpResponse> | HttpResponse | undefined {
  return (request, key) => {
    const values = anyFormValues(request);
    const name = values.get("name") ?? "";
    switch (request.method) {
      case "GET":
        return passedOn(lock.show(key, "value"));
      case "PUT":
        if (name === "") return moduleError(206, "Set");
        return passedOn(lock.acquire(key, { ...fields(values), value: name, signal: request.signal }));
      case "DELETE":
        return name === "" ? moduleError(206, "Delete") : passedOn(lock.release(key, { index: "", value: name }));
      default:
        return undefined;
    }
  };
}

function fields(values: ReadonlyMap<string, string>): { ttl: string; timeout: string } {
  return { ttl: values.get("ttl") ?? "", timeout: values.get("timeout") ?? "" };
}

/** Status and body of the lock's answer; its headers were left behind, and the type guessed anew. */
async function passedOn(answer: HttpResponse | Promise<HttpResponse>): Promise<HttpResponse> {
  const { status, body } = await answer;
  return { status, headers: body === "" ? {} : { "Content-Type": guessedType }, body };
}
