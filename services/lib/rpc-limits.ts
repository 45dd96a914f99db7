export const rpcLimits = {
  messageBytesMax: 16 * 1024 * 1024,
  /** What has come on a stream and was not taken yet; beyond it the stream is not read. */
  unreadBytesMax: 1024 * 1024,
};
