"""Runs a command in a terminal of its own, does what standard input says (JSON) and tells what a person saw.

The screen is that of pyte, a terminal emulator. Steps: {"until": regular expression on the screen}, {"type": text},
{"signal": name}, {"resize": [columns, rows]}, {"deaf": seconds} (nothing is read), {"exists": path}, {"see": name}.
"""
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time
import pyte

task = json.load(sys.stdin)
columns, rows = task.get('size', [80, 24])
child, fd = pty.fork()
if child == 0:
    os.environ.update({'TERM': 'xterm-256color', 'LC_ALL': 'C.UTF-8', 'PS1': '$ ', **task.get('env', {})})
    os.execvp(task['command'][0], task['command'])

def resize(columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    screen.resize(rows, columns)

screen = pyte.Screen(columns, rows)
stream = pyte.ByteStream(screen)
resize(columns, rows)
output, seen, exists, ended = b'', {}, [], False

def read(seconds):
    """For so long at most; at once where there is something."""
    global output, ended
    if ended or not select.select([fd], [], [], seconds)[0]:
        return
    try:
        piece = os.read(fd, 65536)
    except OSError:
        piece = b''
    ended = piece == b''
    output += piece
    stream.feed(piece)

def is_alternate():
    return output.rfind(b'\x1b[?1049h') > output.rfind(b'\x1b[?1049l')

def state():
    local = termios.tcgetattr(fd)[3]
    return {
        'lines': [line.rstrip() for line in screen.display],
        'alternate': is_alternate(),
        'cursor': output.rfind(b'\x1b[?25h') >= output.rfind(b'\x1b[?25l'),
        'wraps': output.rfind(b'\x1b[?7h') >= output.rfind(b'\x1b[?7l'),
        'raw': not local & termios.ICANON,
        'echo': bool(local & termios.ECHO),
    }

problem = None
deadline = time.time() + task.get('seconds', 60)
for step in task['steps']:
    if 'until' in step:
        while not re.search(step['until'], '\n'.join(screen.display)) and not ended and time.time() < deadline:
            read(0.05)
        if not re.search(step['until'], '\n'.join(screen.display)):
            problem = 'never seen: ' + step['until'] + '\n' + '\n'.join(screen.display)
            break
    if 'type' in step:
        os.write(fd, step['type'].encode())
    if 'signal' in step:
        os.kill(child, getattr(signal, step['signal']))
    if 'resize' in step:
        resize(*step['resize'])
    if 'deaf' in step:
        time.sleep(step['deaf'])
    if 'exists' in step and os.path.exists(step['exists']):
        exists.append(step['exists'])
    if 'see' in step:
        end = time.time() + 0.3
        while time.time() < end:
            read(0.05)
        seen[step['see']] = state()
while not ended and time.time() < deadline and problem is None:
    read(0.1)
if not ended:
    os.killpg(child, signal.SIGKILL)
_, status = os.waitpid(child, 0)
seen['end'] = state()
after = output[output.rfind(b'\x1b[?1049l') + 8:] if b'\x1b[?1049l' in output else output
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
json.dump({'seen': seen, 'ended': ended, 'status': code, 'problem': problem, 'exists': exists, 'after': after.decode('utf-8', 'replace')}, sys.stdout)
