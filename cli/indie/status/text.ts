// A status, for a person. Pure.
import { shownLine } from "../../shown.ts";
import { strong } from "../context.ts";
import type { StatusJson } from "../json.ts";
import { columns } from "../work/outputs.ts";
import { isWell, type ProjectStatus, type Service, usedBy } from "./report.ts";

const UNKNOWN = "?";
const HEAD = ["project", "architecture", "state", "memory", "connections", "database", "last proven backup", "services"];

export function renderStatus(status: StatusJson): string[] {
  const { stack, healthy, faults, projects, server, outgrown } = status;
  const [head = "", ...rows] = columns([HEAD, ...projects.map(projectRow), serverRow(server)]);
  return [
    strong(healthy ? `✓ ${stack}: all is healthy` : `✗ ${stack}: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`),
    ...faults.map((fault) => `  - ${shownLine(fault)}`),
    "",
    strong(head),
    ...rows,
    "",
    `Disk: ${server.freeDisk === null ? "not of this computer" : `${size(server.freeDisk)} free`}`,
    ...(outgrown.length === 0 ? [] : ["Outgrown? (docs/sizing.md)", ...outgrown.map(({ text }) => `  - ${text}`)]),
  ];
}

function projectRow({ name, architecture, state, services, connections, databaseSize, lastProvenBackup, provenBackups }: ProjectStatus): string[] {
  return [
    ...[name, architecture, state, ofLimit(services)],
    connections === null ? UNKNOWN : `${connections.used} of ${connections.limit}`,
    databaseSize === null ? UNKNOWN : size(databaseSize),
    lastProvenBackup === null ? (provenBackups === null ? UNKNOWN : "none") : `${lastProvenBackup.slice(0, 16).replace("T", " ")} UTC`,
    services.map(serviceWord).join(" "),
  ];
}

const serverRow = ({ services, memory: { used, available } }: StatusJson["server"]): string[] => [
  ...["(server)", "", "", `${used ?? UNKNOWN} of ${available ?? UNKNOWN} MB`, "", "", ""],
  services.map(serviceWord).join(" "),
];

function ofLimit(services: Service[]): string {
  if (services.length === 0) return "";
  const limit = services.reduce((sum, { memory }) => sum + (memory.limit ?? 0), 0);
  return `${usedBy(services) ?? UNKNOWN} of ${limit} MB`;
}

const serviceWord = (service: Service): string => (isWell(service) ? service.service : `✗${service.service}`);

const size = (megabytes: number): string => (megabytes < 10_240 ? `${megabytes} MB` : `${Math.round(megabytes / 1024)} GB`);
