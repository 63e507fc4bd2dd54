// It has no types of its own: what lua.ts uses of it, which are the functions of Lua's C API.
declare module "fengari" {
  type State = object;
  type Bytes = Uint8Array;
  export const to_luastring: (text: string) => Bytes;
  export const to_jsstring: (bytes: Bytes) => string;
  type Constant = "LUA_OK" | "LUA_TNIL" | "LUA_TBOOLEAN" | "LUA_TNUMBER" | "LUA_TSTRING" | "LUA_TTABLE";
  export const lua: Record<string, (...args: any[]) => any> & Record<Constant, number>;
  export const lauxlib: { luaL_newstate(): State; luaL_loadstring(state: State, text: Bytes): number };
  export const lualib: { luaL_openlibs(state: State): void };
}
