/**
 * grpc.health.v1: whether this member serves. The empty service name asks about the whole server, as in etcd; any other
 * name is unknown. A watch reports the present status and every change.
 */
import { grpcCodes, healthpb, services } from "@etcd-ts/proto";
import type { Member } from "../../member/index.ts";
import { serveStream } from "./stream.ts";
import { serveUnary, type V3Router } from "./unary.ts";

const { HealthCheckResponse } = healthpb;
const { SERVING: serving, NOT_SERVING: notServing, SERVICE_UNKNOWN: serviceUnknown } = healthpb.ServingStatus;

/** Registers Check and Watch. */
export function registerHealth(router: V3Router, member: Member): void {
  const { Health } = services;
  serveUnary(router, Health.Check, (request, reply, call) => {
    if (request.service !== "") call.fail({ code: grpcCodes.notFound, message: "unknown service" });
    else reply(undefined, HealthCheckResponse.create({ status: member.serving ? serving : notServing }));
  });
  serveStream(router, Health.Watch, (call) => {
    const report = (status: healthpb.ServingStatus) =>
      call.send(HealthCheckResponse.encode(HealthCheckResponse.create({ status })));
    let stop: (() => void) | undefined;
    return {
      onRequest(request) {
        if (request.service !== "") return void report(serviceUnknown);
        report(member.serving ? serving : notServing);
        stop ??= member.onServingChange((now) => report(now ? serving : notServing));
      },
      onCancel: () => stop?.(),
    };
  });
}
