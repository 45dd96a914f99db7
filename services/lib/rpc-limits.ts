export const rpcLimits = {
  messageBytesMax: 16 * 1024 * 1024,
  /**
   * HTTP/2 lets so much of a stream travel unasked. The 64 KiB that it begins with cost a
   * large batch a round trip for each 64 KiB, and a busy process takes long for its part of each.
   */
  windowBytes: 1024 * 1024,
  /** What has come on a stream and was not taken yet; beyond it the stream is not read. */
  unreadBytesMax: 1024 * 1024,
};
