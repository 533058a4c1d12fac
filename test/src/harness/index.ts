export { EtcdClient, type Message, type Stream } from "./etcd-client.ts";
export { freePorts } from "./free-ports.ts";
export { NameServer, type Service } from "./name-server.ts";
export { numberOption, type Options, parseOptions, textOption } from "./options.ts";
export { type ClusterMember, type ClusterOptions, eventually, type Place, ProcessCluster } from "./process-cluster.ts";
export { figuresAvailable, type ProcessFigures, processFigures } from "./process-figures.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type ServerExit, type ServerOptions, ServerProcess } from "./server-process.ts";
export { makeSmallDisk, type SmallDisk } from "./small-disk.ts";
