// `npx indie <command>`, `npm run indie -- <command>`.
import { leaveOnInterrupt } from "./interrupt.ts";
import { runProgram } from "./indie/commandLine.ts";
import { createProgram } from "./indie/program.ts";

leaveOnInterrupt();
process.exitCode = await runProgram(createProgram(), process.argv.slice(2));
