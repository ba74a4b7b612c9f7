# One image per function, from the bundle that was tested: npm run build, then
#   docker build --build-arg FUNCTION=award-points -t dev.local/guerdon/award-points:local .

# What the bundles do not include: functions-framework, so that a function registers with the copy
# that loads it; and for record-analytics DuckDB's native library, an optional dependency of 71 MB:
# --build-arg OMIT=dev.
FROM node:24-slim AS packages
ARG OMIT=optional
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=$OMIT --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ARG FUNCTION
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
# package.json says that index.js is an ES module.
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
# index.js, and for an API what its reference page loads.
COPY dist/${FUNCTION}/ ./
RUN mkdir .compile-cache && chown node:node .compile-cache

# By number, so that Kubernetes can check runAsNonRoot. The cache belongs to this user: Node keeps
# one per uid.
USER 1000:1000
# Loads the function once and ends at its missing configuration, which leaves the compiled code
# behind for cold starts; at run time the file system is read-only. If there is no compiled code,
# the function could not be loaded.
RUN timeout 20 node index.js > /tmp/first-start.log 2>&1; \
    ! grep -q ERR_MODULE_NOT_FOUND /tmp/first-start.log && find .compile-cache -type f | grep -q . || { cat /tmp/first-start.log; exit 1; }; \
    rm /tmp/first-start.log

EXPOSE 8080
ENTRYPOINT ["node", "index.js"]
