// Imported first by every script, so that an old Node says this instead of a syntax error further down.
const wanted = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(`lacpscope needs Node.js ${wanted.join('.')} or newer; this is ${process.versions.node}.`);
  console.error('Install a current one (https://nodejs.org, or your package manager) and run the same command again.');
  process.exit(1);
}
