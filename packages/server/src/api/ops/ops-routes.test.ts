import assert from "node:assert/strict";
import { test } from "node:test";
import { type HttpRequest, type HttpResponse, silentLogger } from "../../ports/index.ts";
import { RecordedMetrics } from "../../testing/index.ts";
import { withAccessControl } from "./access-control.ts";
import { firstRoute } from "./go-answers.ts";
import type { OpsMember } from "./ops-member.ts";
import { createMetricsRoutes, createOpsRoutes } from "./ops-routes.ts";

const plain = "text/plain; charset=utf-8";

interface Given {
  member?: Partial<OpsMember>;
  compat?: "3.4" | "3.7";
}

function start({ member = {}, compat = "3.7" }: Given = {}) {
  const metrics = new RecordedMetrics();
  const levels: string[] = [];
  const healthy: OpsMember = {
    alarms: () => [],
    hasLeader: () => true,
    isLearner: () => false,
    read: () => Promise.resolve(undefined),
    clusterVersion: () => "3.7.0",
    debugVars: () => ({ "raft.status": { id: "1" }, cmdline: ["etcd"] }),
    setLogLevel: (level) => levels.push(level),
  };
  const options = {
    member: { ...healthy, ...member },
    serverVersion: compat === "3.4" ? "3.4.23" : "3.7.1",
    compat,
    metrics,
    metricsText: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: () => Promise.resolve("m 1\n") },
    log: silentLogger,
  };
  return {
    handler: firstRoute(createOpsRoutes(options)),
    onMetricsUrl: firstRoute(createMetricsRoutes(options)),
    metrics,
    levels,
  };
}

function requestOf(
  target: string,
  { method = "GET", body = "", headers = {} as Record<string, string>, cn = undefined as string | undefined } = {},
): HttpRequest {
  const [path = "", query = ""] = target.split("?");
  const signal = new AbortController().signal;
  const tls = cn === undefined ? undefined : { clientCommonName: cn };
  return {
    method,
    path,
    query,
    headers,
    body: new TextEncoder().encode(body),
    tls,
    remoteAddress: "1.1.1.1:1",
    signal,
  };
}

async function get(target: string, given: Given = {}, options = {}): Promise<HttpResponse> {
  return start(given).handler(requestOf(target, options));
}

async function expect(
  target: string,
  { status, body, type = plain, given = {} }: { status: number; body: string; type?: string; given?: Given },
) {
  const response = await get(target, given);
  assert.deepEqual([response.status, response.body, response.headers["Content-Type"]], [status, body, type]);
}

test("/health says why not, in etcd's words", async () => {
  const sick = (member: Partial<OpsMember>) => ({ given: { member }, status: 503 });
  await expect("/health", { status: 200, body: '{"health":"true"}' });
  await expect("/health", {
    ...sick({ alarms: () => ["NOSPACE"] }),
    body: '{"health":"false"}\n',
  });
  await expect("/health", {
    ...sick({ hasLeader: () => false }),
    body: '{"health":"false"}\n',
  });
  await expect("/health", {
    ...sick({ read: () => Promise.resolve("etcdserver: request timed out") }),
    body: '{"health":"false"}\n',
  });
});

test("/health can leave alarms out and can ask this member only", async () => {
  const alarms = () => ["NOSPACE"];
  await expect("/health?exclude=NOSPACE", {
    status: 200,
    body: '{"health":"true"}',
    given: { member: { alarms } },
  });
  await expect("/health?exclude=NOSPACE&exclude=CORRUPT", {
    status: 200,
    body: '{"health":"true"}',
    given: { member: { alarms } },
  });
  const asked: boolean[] = [];
  const read = ({ serializable }: { serializable: boolean }) => {
    asked.push(serializable);
    return Promise.resolve(undefined);
  };
  await get("/health?serializable=true", { member: { read, hasLeader: () => false } });
  await get("/health", { member: { read } });
  assert.deepEqual(asked, [true, false]);
});

test("/health is counted", async () => {
  const { handler, metrics } = start({ member: { hasLeader: () => false } });
  await handler(requestOf("/health"));
  await handler(requestOf("/health?serializable=true"));
  assert.equal(metrics.value("etcd_server_health_failures"), 1);
  assert.equal(metrics.value("etcd_server_health_success"), 1);
});

test("3.4 answers as 3.4 did", async () => {
  const given = { compat: "3.4" } as const;
  await expect("/health", { status: 200, body: '{"health":"true"}', given });
  await expect("/health", {
    status: 503,
    body: '{"health":"false"}\n',
    given: { ...given, member: { hasLeader: () => false } },
  });
  await expect("/version", {
    status: 200,
    body: '{"etcdserver":"3.4.23","etcdcluster":"3.7.0"}',
    type: "application/json",
    given,
  });
  await expect("/livez", { status: 404, body: "404 page not found\n", given });
});

test("/version names what is not known yet as etcd does", async () => {
  await expect("/version", {
    status: 200,
    body: '{"etcdserver":"3.7.1","etcdcluster":"3.7.0"}',
    type: "application/json",
  });
  const member = { clusterVersion: () => undefined };
  await expect("/version", {
    status: 200,
    body: '{"etcdserver":"3.7.1","etcdcluster":"not_decided"}',
    type: "application/json",
    given: { member },
  });
});

test("/livez and /readyz report their checks", async () => {
  await expect("/livez", { status: 200, body: "ok\n" });
  await expect("/livez/serializable_read?verbose", { status: 200, body: "[+]serializable_read ok\nok\n" });
  await expect("/readyz?verbose", {
    status: 200,
    body: "[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\nok\n",
  });
  const member: Partial<OpsMember> = {
    alarms: () => ["CORRUPT"],
    isLearner: () => true,
    read: ({ serializable }) => Promise.resolve(serializable ? undefined : "no leader"),
  };
  await expect("/readyz", {
    status: 503,
    body: "[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n[-]linearizable_read failed: no leader\n[-]non_learner failed: not supported for learner\n\n",
    given: { member },
  });
  await expect("/readyz/linearizable_read", {
    status: 503,
    body: "[-]linearizable_read failed: no leader\n\n",
    given: { member },
  });
  await expect("/readyz?exclude=data_corruption&exclude=linearizable_read&exclude=non_learner&exclude=nope", {
    status: 200,
    body: "ok\n",
    given: { member },
  });
  await expect("/livez/linearizable_read", { status: 404, body: "404 page not found\n" });
  await expect("/readyz/non_learner/x", { status: 404, body: "404 page not found\n" });
});

test("health checks are counted by kind, name and outcome", async () => {
  const { handler, metrics } = start({ member: { isLearner: () => true } });
  await handler(requestOf("/readyz/non_learner"));
  const labels = { type: "readyz", name: "non_learner" };
  assert.equal(metrics.value("etcd_server_healthchecks_total", { ...labels, status: "error" }), 1);
  assert.equal(metrics.value("etcd_server_healthchecks_total", { ...labels, status: "success" }), 0);
  assert.equal(metrics.value("etcd_server_healthcheck", labels), 0);
});

test("only GET is taken where etcd takes only GET; /metrics takes all", async () => {
  for (const path of ["/health", "/version", "/debug/vars", "/livez", "/readyz/non_learner"])
    for (const method of ["POST", "HEAD", "PUT"]) {
      const response = await get(path, {}, { method });
      assert.deepEqual(
        [response.status, response.body, response.headers["Allow"], response.headers["X-Content-Type-Options"]],
        [405, "Method Not Allowed\n", "GET", "nosniff"],
      );
    }
  const scrape = await get("/metrics", {}, { method: "POST" });
  assert.deepEqual(
    [scrape.status, scrape.body, scrape.headers["Content-Type"]],
    [200, "m 1\n", "text/plain; version=0.0.4; charset=utf-8"],
  );
});

test("/debug/vars has Go's form", async () => {
  await expect("/debug/vars", {
    status: 200,
    body: '{\n"cmdline": ["etcd"],\n"raft.status": {"id":"1"}\n}\n',
    type: "application/json; charset=utf-8",
  });
});

test("other paths are not found, in Go's words", async () => {
  for (const path of ["/", "/nope", "/health/", "/v2/keys", "/config/local/log"])
    await expect(path, { status: 404, body: "404 page not found\n" });
});

test("3.4 changes the log level by HTTP", async () => {
  const put = async (body: string) => {
    const { handler, levels } = start({ compat: "3.4" });
    const response = await handler(requestOf("/config/local/log", { method: "PUT", body }));
    return [response.status, response.body, levels];
  };
  assert.deepEqual(await put('{"Level":"debug"}'), [204, "", ["debug"]]);
  assert.deepEqual(await put('{"level":"WARNING"}'), [204, "", ["warn"]]);
  assert.deepEqual(await put("x"), [400, '{"message":"Invalid json body"}', []]);
  assert.deepEqual(await put('{"Level":"foo"}'), [400, '{"message":"Invalid log level foo"}', []]);
  assert.deepEqual(await put("null"), [400, '{"message":"Invalid json body"}', []]);
});

test("a metrics listener serves metrics and health, nothing else", async () => {
  const { onMetricsUrl } = start();
  for (const [path, status] of [
    ["/metrics", 200],
    ["/health", 200],
    ["/readyz", 200],
    ["/version", 404],
    ["/debug/vars", 404],
  ] as const)
    assert.equal((await onMetricsUrl(requestOf(path))).status, status, path);
});

function headersOf({ headers, commonHeaders }: HttpResponse): Readonly<Record<string, string>> {
  return { ...headers, ...commonHeaders };
}

const ok: HttpResponse = { status: 200, headers: { "Content-Type": "x" }, body: "ok" };
const open = { hostWhitelist: ["*"], cors: ["*"], refusesCommonNames: () => false };

test("CORS headers are open by default, otherwise only for listed origins", async () => {
  const ask = async (cors: string[], headers: Record<string, string>) =>
    headersOf(await withAccessControl(() => ok, { ...open, cors })(requestOf("/", { headers })));
  assert.deepEqual(await ask(["*"], {}), {
    "Content-Type": "x",
    "Access-Control-Allow-Headers": "accept, content-type, authorization",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE",
    "Access-Control-Allow-Origin": "*",
  });
  assert.equal((await ask([], {}))["Access-Control-Allow-Origin"], "*");
  assert.equal((await ask(["http://o:1"], { origin: "http://o:1" }))["Access-Control-Allow-Origin"], "http://o:1");
  assert.equal((await ask(["http://o:1"], { origin: "http://p:1" }))["Access-Control-Allow-Origin"], undefined);
  assert.equal((await ask(["http://o:1"], {}))["Access-Control-Allow-Origin"], undefined);
});

test("OPTIONS is answered before any handler", async () => {
  const handler = withAccessControl(() => assert.fail("asked"), open);
  assert.deepEqual((await handler(requestOf("/v3/kv/put", { method: "OPTIONS" }))).body, "");
});

test("the host whitelist guards what comes without TLS", async () => {
  const refusedHosts: string[] = [];
  const handler = withAccessControl(() => ok, {
    ...open,
    hostWhitelist: ["good", "::1"],
    onRefusedHost: (host) => refusedHosts.push(host),
  });
  const status = async (host: string, cn?: string) => (await handler(requestOf("/", { headers: { host }, cn }))).status;
  assert.deepEqual(
    await Promise.all([
      status("good"),
      status("good:2379"),
      status("[::1]:1"),
      status("evil:1"),
      status("evil"),
      status("evil", ""),
    ]),
    [200, 200, 200, 421, 421, 200],
  );
  assert.deepEqual(refusedHosts, ["evil", "evil"]);
  const refusal = await handler(requestOf("/", { headers: { host: "evil:1" } }));
  assert.equal((refusal.body as string).length, 366);
  assert.equal(headersOf(refusal)["Access-Control-Allow-Origin"], undefined);
});

test("a certificate's name is never taken for the gateway's user", async () => {
  const status = async (path: string, cn: string, refuses = true) =>
    (await withAccessControl(() => ok, { ...open, refusesCommonNames: () => refuses })(requestOf(path, { cn }))).status;
  assert.deepEqual(
    await Promise.all([
      status("/v3/kv/put", "root"),
      status("/v3beta/kv/put", "root"),
      status("/v3/kv/put", ""),
      status("/v2/keys", "root"),
      status("/v3/kv/put", "root", false),
    ]),
    [400, 400, 200, 200, 200],
  );
});

test("headers are added to answers that come later, too", async () => {
  const handler = withAccessControl(() => Promise.resolve(ok), open);
  assert.equal(headersOf(await handler(requestOf("/")))["Access-Control-Allow-Origin"], "*");
});
