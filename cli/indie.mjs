#!/usr/bin/env node
// `indie`, from Node 20 on: finds the right Node, then becomes cli/indie.ts.
import { fail, start } from "./start.mjs";

start("indie", process.argv.slice(2)).catch(fail);
