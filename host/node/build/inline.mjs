export const bundled = async () => {};
