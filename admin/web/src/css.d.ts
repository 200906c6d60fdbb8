// Style sheets are bundled by import; they export nothing.

declare module "*.css";
