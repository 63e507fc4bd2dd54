// A Lua machine with plain values in and out: strings, numbers, booleans, lists and objects.
import * as fengari from "fengari";

const { lua, lauxlib, lualib, to_jsstring, to_luastring } = "default" in fengari ? (fengari.default as typeof fengari) : fengari;

export type LuaValue = string | number | boolean | null | undefined | LuaValue[] | { [key: string]: LuaValue };

export class Lua {
  private readonly state = lauxlib.luaL_newstate();

  constructor(prelude: string) {
    lualib.luaL_openlibs(this.state);
    this.check(lauxlib.luaL_loadstring(this.state, to_luastring(prelude)));
    this.check(lua.lua_pcall!(this.state, 0, 0, 0));
  }

  /** Calls a global function. @throws what it throws */
  call(name: string, ...args: LuaValue[]): LuaValue {
    lua.lua_getglobal!(this.state, to_luastring(name));
    for (const value of args) this.push(value);
    this.check(lua.lua_pcall!(this.state, args.length, 1, 0));
    const result = this.read(-1);
    lua.lua_pop!(this.state, 1);
    return result;
  }

  private check(status: number): void {
    if (status === lua.LUA_OK) return;
    const said = lua.lua_tojsstring!(this.state, -1);
    lua.lua_pop!(this.state, 1);
    throw new Error(`Lua: ${said}`);
  }

  private push(value: LuaValue): void {
    if (value === null || value === undefined) lua.lua_pushnil!(this.state);
    else if (typeof value === "string") lua.lua_pushstring!(this.state, to_luastring(value));
    else if (typeof value === "number") lua.lua_pushinteger!(this.state, value);
    else if (typeof value === "boolean") lua.lua_pushboolean!(this.state, value);
    else {
      lua.lua_newtable!(this.state);
      const entries = Array.isArray(value) ? value.map((each, index): [number, LuaValue] => [index + 1, each]) : Object.entries(value);
      for (const [key, each] of entries) {
        this.push(key);
        this.push(each);
        lua.lua_rawset!(this.state, -3);
      }
    }
  }

  /** A table with numbers for keys is a list. */
  private read(index: number): LuaValue {
    const type = lua.lua_type!(this.state, index);
    if (type === lua.LUA_TNIL) return undefined;
    if (type === lua.LUA_TBOOLEAN) return Boolean(lua.lua_toboolean!(this.state, index));
    if (type === lua.LUA_TNUMBER) return lua.lua_tonumber!(this.state, index) as number;
    if (type === lua.LUA_TSTRING) return to_jsstring(lua.lua_tostring!(this.state, index));
    if (type !== lua.LUA_TTABLE) throw new Error("a value that is no data");
    const entries: [string | number, LuaValue][] = [];
    const table = lua.lua_absindex!(this.state, index);
    lua.lua_pushnil!(this.state);
    while (lua.lua_next!(this.state, table)) {
      entries.push([this.read(-2) as string | number, this.read(-1)]);
      lua.lua_pop!(this.state, 1);
    }
    if (entries.length === 0 || entries.some(([key]) => typeof key !== "number")) return Object.fromEntries(entries);
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, each]) => each);
  }
}
