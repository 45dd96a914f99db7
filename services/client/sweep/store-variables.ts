const replicas = [1, 2, 3] as const;

/** Variables that name a port of a store; each needs one of its own. */
export const portVariables: readonly string[] = [
  "REST_API_PORT",
  "FRONT_PORT",
  "CATALOG_PORT",
  ...replicas.flatMap((id) => [`ORDER_PORT_${id}`, `ORDER2_PORT_${id}`]),
];

/** Every variable that would make a store another one than the usual. */
export const storeVariableNames: readonly string[] = [
  ...portVariables,
  "FRONT_HOST",
  "FRONT_ADDRESSES",
  "CATALOG_HOST",
  "BIND_ADDRESS",
  ...replicas.map((id) => `ORDER_HOST_${id}`),
  "ORDER_LOG_FILE",
  "CATALOG_FILE",
  "DATA_DIR",
  "RESTART",
  "CACHE",
  "CACHE_ENTRIES_MAX",
  "OUT_OF_STOCK_STATUS",
  "REST_REUSE_PORT",
];
