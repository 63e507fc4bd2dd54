// Tests run under exactly the TypeScript that production runs under: Node's own type stripping, no other compiler.
const { stripTypeScriptTypes } = require("node:module");

module.exports = {
  process: (source, path) => ({ code: path.endsWith(".ts") ? stripTypeScriptTypes(source, { mode: "strip" }) : source }),
};
