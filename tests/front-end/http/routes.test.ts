import { describe, expect, test } from "bun:test";
import type { ReplicaId } from "../../../services/front-end/core/types.ts";
import { errorOf, FakeFrontEnd, read } from "./fake-backends.ts";

describe("paths and methods", () => {
  for (const path of [
    "/",
    "/product/Tux",
    "/products/Tux/more",
    "/orders/1/2",
    "/Orders/1",
    "/healthz/x",
    "//orders",
  ]) {
    test(`GET ${path} is 404`, async () => {
      expect(await read(await new FakeFrontEnd().get(path))).toEqual(errorOf(404, "not found"));
    });
  }

  for (const path of ["/products/Tux", "/products/Nessie", "/healthz", "/readyz"]) {
    test(`POST ${path} is 405 and says what is allowed`, async () => {
      const response = await new FakeFrontEnd().get(path, "POST");
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    });
  }

  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
    test(`${method} is 501 on every path`, async () => {
      for (const path of ["/orders", "/products/Tux", "/nowhere"]) {
        const request = Object.defineProperty(new Request(`http://x${path}`), "method", { value: method });
        expect((await new FakeFrontEnd().send(request)).status).toBe(501);
      }
    });
  }

  test("HEAD is answered like GET", async () => {
    const frontEnd = new FakeFrontEnd();
    expect((await frontEnd.get("/products/Tux", "HEAD")).status).toBe(200);
    expect((await frontEnd.get("/products/Nessie", "HEAD")).status).toBe(404);
    expect((await frontEnd.get("/orders", "HEAD")).status).toBe(400);
    expect(frontEnd.orders.calls).toEqual([]);
  });

  test("4,096 bytes of path and query are accepted, one more is 414", async () => {
    const frontEnd = new FakeFrontEnd();
    const path = (bytes: number): string => "/products/Tux?".padEnd(bytes, "x");
    expect((await frontEnd.get(path(4096))).status).toBe(200);
    expect((await frontEnd.get(path(4097))).status).toBe(414);
  });

  test("a URL without an authority is understood", async () => {
    const frontEnd = new FakeFrontEnd();
    const request = Object.defineProperty(new Request("http://x/"), "url", { value: "/products/Tux/?x=http://y/z" });
    expect((await frontEnd.send(request)).status).toBe(200);
  });
});

describe("health", () => {
  test("/healthz is 200 whatever is missing", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.products.catalogUp = false;
    frontEnd.orders.leader = undefined;
    expect((await frontEnd.get("/healthz")).status).toBe(200);
  });

  test("/readyz is 200 with each dependency on a line", async () => {
    const response = await new FakeFrontEnd().get("/readyz");
    expect(response.status).toBe(200);
    const lines = (await response.text()).split("\n");
    expect(lines).toContain("catalog: reachable");
    expect(lines).toContain("cache: leased");
    expect(lines).toContain("leader: replica 2 in term 5");
  });

  test("/readyz tells a replica that would not be missed, and a cache that is none", async () => {
    const frontEnd = new FakeFrontEnd();
    const up = { term: 5, lastIndex: 9, lastTerm: 5, commitIndex: 9, leader: undefined, serving: false };
    const replica = (id: number, status: object | undefined) => ({ id: id as ReplicaId, status: status as never });
    frontEnd.orders.replicas = [
      replica(1, { ...up, eligible: true, storeId: "store" }),
      replica(2, { ...up, eligible: false, storeId: "store" }),
      replica(3, { ...up, eligible: true, storeId: "other" }),
      replica(3, undefined),
    ];
    frontEnd.products.leased = false;
    expect((await (await frontEnd.get("/readyz")).text()).trimEnd().split("\n").slice(2)).toEqual([
      "cache: no lease, each read asks the catalog",
      "leader: replica 2 in term 5",
      "order replica 1: reachable",
      "order replica 2: reachable, but joins or leaves: no vote",
      "order replica 3: reachable, but of another store",
      "order replica 3: not reachable",
    ]);
  });

  for (const missing of ["catalog", "leader", "serving"] as const) {
    test(`/readyz is 503 without ${missing}`, async () => {
      const frontEnd = new FakeFrontEnd();
      if (missing === "catalog") frontEnd.products.catalogUp = false;
      else {
        frontEnd.orders.serving = false;
        if (missing === "leader") frontEnd.orders.leader = undefined;
      }
      const response = await frontEnd.get("/readyz");
      expect(response.status).toBe(503);
      expect(await response.text()).toContain(missing === "catalog" ? "catalog: not reachable" : "leader: ");
    });
  }
});
