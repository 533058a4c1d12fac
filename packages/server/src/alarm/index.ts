export { Alarms, alarmName } from "./alarms.ts";
