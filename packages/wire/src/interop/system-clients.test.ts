/**
 * Clients the system may have: curl, nghttp and h2load (nghttp2), and gRPC's C core through Python. A missing program
 * is reported; where CI=true it is a failure.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { gzipCodec, listen, NodeClock, type WireListener } from "../adapters/index.ts";
import { GrpcServer, Metadata } from "../grpc/index.ts";

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], input = Buffer.alloc(0)): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { timeout: 30_000 });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("latin1").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Runs a check with a program's outcome, or reports that the program is missing. */
async function using(
  t: TestContext,
  program: Promise<Outcome | undefined>,
  check: (outcome: Outcome) => void,
): Promise<void> {
  const outcome = await program;
  if (outcome !== undefined) check(outcome);
  else {
    assert.notEqual(process.env["CI"], "true", `${t.name}: the program is not installed`);
    t.diagnostic(`NOT CHECKED: ${t.name}: the program is not installed`);
  }
}

const message = Buffer.from([0, 0, 0, 0, 2, 0x68, 0x69]);
const python = `
import grpc, sys
channel = grpc.insecure_channel(sys.argv[1])
same = lambda b: b
say = channel.unary_unary("/demo.Echo/Say", same, same)
for size in (0, 1, 70000, 1500000):
    assert say(b"x" * size) == b"x" * size
assert say(b"zip" * 9000, compression=grpc.Compression.Gzip) == b"zip" * 9000
futures = [say.future(b"%d" % n) for n in range(500)]
assert [f.result() for f in futures] == [b"%d" % n for n in range(500)]
def failure(path, body=b"", **options):
    try:
        channel.unary_unary(path, same, same)(body, **options)
    except grpc.RpcError as e:
        return (e.code().value[0], e.details(), [v for k, v in e.trailing_metadata() if k == "raw-bin"])
assert failure("/demo.Echo/Fail") == (9, "no: \\u00e9%", [b"\\x00\\xff"]), failure("/demo.Echo/Fail")
assert failure("/demo.Echo/Nope")[:2] == (12, "unknown method Nope for service demo.Echo")
assert failure("/demo.Echo/Never", timeout=0.1)[0] == 4
assert failure("/demo.Echo/Say", b"x" * 2097153)[:2] == (8, "grpc: received message larger than max (2097153 vs. 2097152)")
chat = channel.stream_stream("/demo.Echo/Chat", same, same)
assert [len(m) for m in chat(iter([b"a", b"b" * 300000, b""]))] == [1, 300000, 0]
metadata = channel.unary_unary("/demo.Echo/Token", same, same)
assert metadata(b"", metadata=(("token", "secret"), ("id-bin", b"\\x01\\xfe"))) == b"secret/1,254"
print("all well")
`;

describe("clients of other makes", () => {
  const server = new GrpcServer({ clock: new NodeClock(), codecs: [gzipCodec] });
  const folder = mkdtempSync(join(tmpdir(), "wire-interop-"));
  const body = join(folder, "body");
  let http: Server;
  let listener: WireListener;
  let url: string;

  before(async () => {
    writeFileSync(body, message);
    server.unary("/demo.Echo/Say", (call) => call.reply(call.message));
    server.unary("/demo.Echo/Never", () => {});
    server.unary("/demo.Echo/Fail", (call) => {
      call.fail({ code: 9, message: "no: é%", metadata: Metadata.of([["raw-bin", new Uint8Array([0, 255])]]) });
    });
    server.unary("/demo.Echo/Token", (call) => {
      call.reply(Buffer.from(`${call.metadata.get("token")}/${call.metadata.getBytes("id-bin")}`));
    });
    server.stream("/demo.Echo/Chat", (call) => {
      call.onMessage((received) => call.send(received));
      call.onHalfClose(() => call.end());
    });
    http = createServer((request, response) => response.end(`plain ${request.url}`));
    listener = await listen({
      host: "127.0.0.1",
      onHttp2: (stream) => server.accept(stream),
      onHttp1: (socket) => http.emit("connection", socket),
    });
    url = `http://${listener.address}`;
  });

  after(async () => {
    server.close();
    http.closeAllConnections();
    await listener.close();
    rmSync(folder, { recursive: true });
  });

  const grpcHeaders = ["-H", "content-type: application/grpc", "-H", "te: trailers"];

  it("curl makes a gRPC call with prior knowledge", async (t) => {
    const args = [
      "-sv",
      "--http2-prior-knowledge",
      ...grpcHeaders,
      "--data-binary",
      `@${body}`,
      `${url}/demo.Echo/Say`,
    ];
    await using(t, run("curl", args), ({ code, stdout, stderr }) => {
      assert.equal(code, 0);
      assert.equal(stdout, message.toString("latin1"));
      assert.match(stderr, /^< HTTP\/2 200/m);
      assert.match(stderr, /^< grpc-status: 0/m);
    });
  });

  it("curl is told 415 when it speaks no gRPC", async (t) => {
    const args = ["-s", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--http2-prior-knowledge", url];
    await using(t, run("curl", args), ({ stdout }) => assert.equal(stdout, "2 415"));
  });

  it("curl speaks HTTP/1.1 on the same port, POST and pipelined bytes included", async (t) => {
    const args = ["-s", "--http1.1", `${url}/a`, "-d", "x", "--next", "-s", "--http1.1", `${url}/b`];
    await using(t, run("curl", args), ({ stdout }) => assert.equal(stdout, "plain /aplain /b"));
  });

  it("nghttp makes several calls at once and sees no protocol error", async (t) => {
    const args = ["-v", "-m", "20", "-d", body, ...grpcHeaders, `${url}/demo.Echo/Say`];
    await using(t, run("nghttp", args), ({ code, stdout }) => {
      assert.equal(code, 0);
      assert.equal(stdout.match(/grpc-status: 0/g)?.length, 20);
      assert.doesNotMatch(stdout, /error_code=(?!NO_ERROR)/);
    });
  });

  it("nghttp sends a field section in CONTINUATION frames", async (t) => {
    const args = ["-v", "--continuation", "-d", body, ...grpcHeaders, `${url}/demo.Echo/Say`];
    await using(t, run("nghttp", args), ({ stdout }) => {
      const sizeBytes = Number(/send HEADERS frame <length=(\d+)/.exec(stdout)?.[1]);
      assert.ok(sizeBytes > 16_384, `the section had ${sizeBytes} bytes`);
      assert.ok(stdout.includes("grpc-status: 0"));
    });
  });

  it("h2load gets every answer", async (t) => {
    const args = ["-n", "5000", "-c", "4", "-m", "50", "-d", body, ...grpcHeaders, `${url}/demo.Echo/Say`];
    await using(t, run("h2load", args), ({ stdout }) => assert.match(stdout, /5000 succeeded, 0 failed, 0 errored/));
  });

  it("gRPC's C core calls in every way", async (t) => {
    const grpcio = await run("/usr/bin/python3", ["-c", "import grpc"]);
    const outcome =
      grpcio?.code === 0 ? run("/usr/bin/python3", ["-c", python, listener.address]) : Promise.resolve(undefined);
    await using(t, outcome, ({ stdout, stderr }) => {
      assert.equal(stdout.trim(), "all well", stderr);
    });
  });
});
