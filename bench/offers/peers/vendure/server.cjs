// Vendure with its defaults in production mode on PostgreSQL; `PEER_DATABASE` is the URL of an
// empty database, `PEER_PORT` the port. The tables are made once by synchronising.

const { bootstrap, DefaultLogger, LogLevel } = require("@vendure/core");

const at = new URL(process.env.PEER_DATABASE);

bootstrap({
  apiOptions: { hostname: "127.0.0.1", port: Number(process.env.PEER_PORT) },
  authOptions: {
    tokenMethod: ["bearer"],
    // It refuses its usual password in production mode.
    superadminCredentials: { identifier: "bench", password: process.env.PEER_PASSWORD },
    cookieOptions: { secret: process.env.PEER_PASSWORD },
  },
  dbConnectionOptions: {
    type: "postgres",
    host: at.hostname,
    port: Number(at.port),
    username: at.username,
    database: at.pathname.slice(1),
    synchronize: true,
    logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
}).then(
  () => console.log("ready"),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
