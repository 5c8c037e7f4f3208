export const declarations = () => "";
