import { expect, test } from "@jest/globals";
import { imgproxyEnvironment } from "../../../../components/services/imgproxy.ts";
import { studioEnvironment } from "../../../../components/services/studio.ts";

test("the environments of Studio and imgproxy", () => {
  const environment = studioEnvironment({
    project: "shop-eu",
    url: "http://shop-eu.localhost",
    gatewayUrl: "http://gateway:8000",
    database: { host: "postgres", port: 5432, name: "shop_eu", user: "shop_eu_owner", password: "0a" },
    keys: { anonKey: "anon", serviceRoleKey: "service", publishableKey: "publishable", secretKey: "secret", jwtSecret: "jwt" },
    metaCryptoKey: "meta",
  });
  expect(environment).toMatchSnapshot();
  expect(imgproxyEnvironment()).toMatchSnapshot();
});
