// `npx indie <command>`, `npm run indie -- <command>`.
import { leaveOnInterrupt, outliveReader } from "./interrupt.ts";
import { runProgram } from "./indie/commandLine.ts";
import { createProgram } from "./indie/program.ts";

leaveOnInterrupt();
outliveReader();
process.exitCode = await runProgram(createProgram(), process.argv.slice(2));
