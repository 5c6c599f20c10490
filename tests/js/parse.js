/**
 * Parses the modules named on the command line, without running them, and says what is wrong with
 * each that does not parse. Node's own --check takes one file, and its start takes longer than that.
 *
 *   node --experimental-vm-modules tests/js/parse.js FILE...
 */
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";

for (const file of process.argv.slice(2)) {
  try {
    new SourceTextModule(readFileSync(file, "utf8"), { identifier: file });
  } catch (error) {
    console.error(`${file}: ${error}`);
    process.exitCode = 1;
  }
}
