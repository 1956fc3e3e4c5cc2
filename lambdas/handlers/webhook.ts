/** Temporary stub. */
export const handler = async () => ({ statusCode: 501 });
