/**
 * `npm run clients`: other people's clients on our server. etcdctl's output is compared with what it prints on the real
 * etcd; the Python clients and npm's etcd3 use their own APIs and check what they get. A client that is not installed is
 * named and left out; in continuous integration (CI=true) that is a failure.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Options, parseOptions, ServerProcess, textOption } from "../harness/index.ts";
import { type Shown, showAll } from "./etcdctl.ts";
import { placesForCluster, showCluster } from "./etcdctl-cluster.ts";
import { etcdctlSteps } from "./etcdctl-steps.ts";
import { showAllV2 } from "./etcdctl-v2.ts";
import { checkBackup } from "./etcdctl-v2-backup.ts";
import { checkNpmEtcd3 } from "./npm-etcd3.ts";
import { checkPatroni, patroniMissing } from "./patroni.ts";

/** One group of checks: what it needs to be installed, and how it is run; it tells what is wrong. */
interface ClientCheck {
  readonly name: string;
  readonly missing: () => string | undefined;
  readonly run: (server: ServerProcess, binary: string) => Promise<string[]>;
}

/** The real etcd 3.4 serves API 2 only when told to. */
const v2 = ["--enable-v2"];
const python = "/usr/bin/python3";

function works(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

function etcdctlCheck(withPerf: boolean): ClientCheck {
  return {
    name: "etcdctl",
    missing: () =>
      ["etcdctl version", "etcd --version"].find((call) => !works(...(call.split(" ") as [string, string]))),
    run: async (server) => {
      const reference = await ServerProcess.start({ binary: "etcd" });
      try {
        const [ours, wanted] = await Promise.all([server, reference].map((one) => showAll(one, { withPerf })));
        for (const { args, awaits } of etcdctlSteps) {
          if (awaits !== undefined) console.log(`clients: etcdctl ${args} left out, it awaits ${awaits}`);
        }
        console.log(`clients: etcdctl, ${ours?.length} calls compared`);
        return differences(ours ?? [], wanted ?? []);
      } finally {
        await reference.stop();
      }
    },
  };
}

const etcdctlV2Check: ClientCheck = {
  name: "v2 etcdctl",
  missing: etcdctlCheck(false).missing,
  run: async (server) => {
    const reference = await ServerProcess.start({ binary: "etcd", flags: v2 });
    try {
      const [ours, wanted] = await Promise.all([showAllV2(server), showAllV2(reference)]);
      console.log(`clients: v2 etcdctl, ${ours.length} calls compared`);
      return differences(ours, wanted);
    } finally {
      await reference.stop();
    }
  },
};

const clusterCheck: ClientCheck = {
  name: "etcdctl on clusters",
  missing: etcdctlCheck(false).missing,
  run: async (_, binary) => {
    const places = await placesForCluster();
    const ours = await showCluster(binary, places);
    const wanted = await showCluster("etcd", places);
    console.log(`clients: etcdctl on clusters, ${ours.length} calls compared`);
    return differences(ours, wanted);
  },
};

function differences(ours: readonly Shown[], wanted: readonly Shown[]): string[] {
  return ours.flatMap(({ command, output }, index) => {
    const expected = wanted[index]?.output;
    return output === expected ? [] : [`etcdctl ${command}\n--- etcd\n${expected}\n--- this server\n${output}\n---`];
  });
}

/** A script in Python that is told where the server is and ends with 0 when it was content. */
function pythonCheck({ name, module, script }: { name: string; module: string; script: string }): ClientCheck {
  const path = fileURLToPath(new URL(`../../src/clients/${script}`, import.meta.url));
  return {
    name,
    missing: () => (works(python, "-c", `import ${module}`) ? undefined : `python3-${module}`),
    run: async ({ ports }) => {
      const { status, stdout, stderr } = spawnSync(python, [path, "127.0.0.1", String(ports[0])], { encoding: "utf8" });
      return status === 0 ? [] : [`${name} ended with ${status}\n${stdout}${stderr}`];
    },
  };
}

const pythonChecks = [
  pythonCheck({ name: "python-etcd3", module: "etcd3", script: "python-etcd3.py" }),
  pythonCheck({ name: "v2 python-etcd", module: "etcd", script: "python-etcd.py" }),
];

const npmCheck: ClientCheck = {
  name: "npm etcd3",
  missing: () => undefined,
  run: async ({ endpoint }) => {
    try {
      await checkNpmEtcd3(endpoint);
      return [];
    } catch (error) {
      return [`npm etcd3: ${error instanceof Error ? error.stack : String(error)}`];
    }
  },
};

const backupCheck: ClientCheck = {
  name: "v2 etcdctl backup",
  missing: etcdctlV2Check.missing,
  run: (_, binary) => checkBackup(binary),
};

const patroniCheck: ClientCheck = { name: "v2 patroni", missing: patroniMissing, run: checkPatroni };

/** The checks that a command line's arguments ask for, those that take long first. */
function checksOf(options: Options): ClientCheck[] {
  const checks = [
    etcdctlCheck(options["with-perf"] === true),
    clusterCheck,
    patroniCheck,
    npmCheck,
    etcdctlV2Check,
    backupCheck,
    ...pythonChecks,
  ];
  const exactly = options["exactly"];
  if (exactly !== undefined) return checks.filter(({ name }) => name === exactly);
  return checks.filter(({ name }) => name.includes(textOption(options, "only", "")));
}

const known = ["exec", "with-perf", "only", "exactly"];

/** Names of those checks, for `--exactly`. */
export function namesOfChecks(args: readonly string[]): string[] {
  return checksOf(parseOptions(args, known)).map(({ name }) => name);
}

/** Runs the checks with a command line's arguments; the exit code tells whether every client was content. */
export async function main(args: readonly string[], defaultBinary: string): Promise<number> {
  const options = parseOptions(args, known);
  const binary = textOption(options, "exec", defaultBinary);
  let failures = 0;
  for (const { name, missing, run } of checksOf(options)) {
    const lacking = missing();
    if (lacking !== undefined) {
      console.log(`clients: ${name} left out, ${lacking} is not installed`);
      if (process.env["CI"] === "true") failures++;
      continue;
    }
    const server = await ServerProcess.start({ binary, flags: v2 });
    const complaints = await run(server, binary);
    if (!server.alive) complaints.push(`${name}: the server died: ${server.output.slice(-2_000)}`);
    await server.stop();
    failures += complaints.length;
    for (const complaint of complaints) console.error(`FAIL ${complaint}`);
    console.log(`clients: ${name} ${complaints.length === 0 ? "passed" : `FAILED, ${complaints.length} complaints`}`);
  }
  return failures === 0 ? 0 : 1;
}
