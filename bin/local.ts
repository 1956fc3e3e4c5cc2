/** The whole hub on this machine, providers included: `npm start` and `npm run demo`. */
import { runCli } from '../test/demo/cli/run-cli.ts';

process.exit(await runCli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, env: process.env }));
