# The app for servers that bring their own Postgres (compose.yaml). The embedded Postgres and the Node binary that npm
# can install are optional dependencies: left out here, as the image has its Node and compose its database.
FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force
COPY machines machines
COPY migrations migrations
COPY src src
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.HTTP_PORT || 8080) + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Snapshots live for one commit: with room for them the garbage collector does not copy them (docs/performance.md).
CMD ["node", "--max-semi-space-size=64", "src/main.ts"]
