// It has no types of its own: what lua.ts uses of it, which are the functions of Lua's C API.
declare module "fengari" {
  type State = object;
  type Bytes = Uint8Array;
  export const to_luastring: (text: string) => Bytes;
  export const to_jsstring: (bytes: Bytes) => string;
  export const lua: Record<string, (...args: any[]) => any> & { LUA_TNIL: number; LUA_TBOOLEAN: number; LUA_TNUMBER: number; LUA_TSTRING: number; LUA_TTABLE: number; LUA_OK: number };
  export const lauxlib: { luaL_newstate(): State; luaL_loadstring(state: State, text: Bytes): number };
  export const lualib: { luaL_openlibs(state: State): void };
}
