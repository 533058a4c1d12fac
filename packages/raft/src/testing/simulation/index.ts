// Random schedules of everything that can happen to a group of nodes, and the promises that must hold all the same.
export { SafetyChecker, SafetyViolation } from "./safety-checker.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type Mutation, SimulatedDisk } from "./simulated-disk.ts";
export { Simulation, type SimulationOptions, type SimulationResult } from "./simulation.ts";
