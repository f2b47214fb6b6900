-- A real Neovim with the plugin of editors/neovim and a real server: types into a real file and looks at
-- the screen. One Neovim drives another over its RPC, so nothing else is needed:
--   ESPALIER=build/release/espalier ESPALIER_MODEL=path ESPALIER_SOURCE=. nvim --headless -u NONE -i NONE \
--     -c 'luafile tests/e2e/neovim_test.lua'
-- ESPALIER_NVIM is the Neovim under test, as a command line; without it, the one that runs this file.
-- ESPALIER_MODEL_WRITES=nonsense says that the model is random: then only what is shown is checked.
local source = assert(vim.env.ESPALIER_SOURCE, 'ESPALIER_SOURCE is not set')
local sensible = vim.env.ESPALIER_MODEL_WRITES ~= 'nonsense'
local nvim = vim.env.ESPALIER_NVIM and vim.split(vim.env.ESPALIER_NVIM, ' ') or { vim.v.progpath }
local patience_ms = 120000 -- for conditions that hold sooner or later; nothing waits this long when all is well

local folder = vim.fn.tempname()
vim.fn.mkdir(folder, 'p')

local function say(...)
  io.stdout:write(string.format(...) .. '\n')
  io.stdout:flush()
end

local function init_file()
  local path = folder .. '/init.lua'
  vim.fn.writefile({
    'vim.o.swapfile = false',
    'vim.o.shadafile = "NONE"',
    ('vim.opt.runtimepath:prepend(%q)'):format(source .. '/editors/neovim'),
    'vim.cmd("filetype plugin on")', -- no indent scripts: what is typed is what is there
    ('require("espalier").setup({ cmd = { %q, "lsp", "--model", %q } })'):format(
      assert(vim.env.ESPALIER, 'ESPALIER is not set'), assert(vim.env.ESPALIER_MODEL, 'ESPALIER_MODEL is not set')),
  }, path)
  return path
end

-- The Neovim under test has a screen, but gets no UI over RPC: Neovim 0.7 answers redraw events, which are meant for
-- a UI, with an error, the other answers the error with an error, and so on, until neither does anything else.
local socket = folder .. '/socket'
local argv = vim.list_extend(vim.deepcopy(nvim), { '--headless', '--listen', socket, '-n', '-i', 'NONE', '-u', init_file() })
local messages = {} -- that it shows
local job = vim.fn.jobstart(argv, { on_stderr = function(_, lines) vim.list_extend(messages, lines) end })
assert(job > 0, 'cannot start ' .. table.concat(argv, ' '))

local channel
vim.wait(20000, function()
  local ok, connected = pcall(vim.fn.sockconnect, 'pipe', socket, { rpc = true })
  channel = ok and connected > 0 and connected or nil
  return channel
end, 50)
assert(channel, 'no answer from ' .. table.concat(argv, ' ') .. ': ' .. table.concat(messages, ' '))

local function lua(code, ...)
  return vim.rpcrequest(channel, 'nvim_exec_lua', code, { ... })
end

local function type_keys(keys)
  vim.rpcrequest(channel, 'nvim_input', keys)
end

local function screen()
  return lua([[
    vim.cmd('redraw')
    local rows = {}
    for y = 1, vim.o.lines do
      local row = ''
      for x = 1, vim.o.columns do row = row .. vim.fn.screenstring(y, x) end
      rows[y] = (row:gsub('%s+$', ''))
    end
    return rows]])
end

local function buffer_text()
  return table.concat(lua('return vim.api.nvim_buf_get_lines(0, 0, -1, false)'), '\n')
end

-- What is shown as ghost text: its lines, or nil.
local function ghost()
  local lines = lua([[
    for name, namespace in pairs(vim.api.nvim_get_namespaces()) do
      if name:find('espalier') or name:find('inline_completion') then
        for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
          local details, lines = mark[4], { '' }
          for _, chunk in ipairs(details.virt_text or {}) do lines[1] = lines[1] .. chunk[1] end
          for _, line in ipairs(details.virt_lines or {}) do
            local text = ''
            for _, chunk in ipairs(line) do text = text .. chunk[1] end
            lines[#lines + 1] = text
          end
          return lines
        end
      end
    end
    return vim.NIL]])
  return lines ~= vim.NIL and lines or nil
end

local function wait_for(what, condition)
  local result
  local ok = vim.wait(patience_ms, function()
    result = condition()
    return result
  end, 50)
  if not ok then error('waited in vain for ' .. what .. '; the screen is\n' .. table.concat(screen(), '\n'), 2) end
  return result
end

local function check(condition, message)
  if not condition then error(message .. '; the screen is\n' .. table.concat(screen(), '\n'), 2) end
end

local function on_screen(text)
  return vim.trim(text) == '' or table.concat(screen(), '\n'):find(vim.trim(text), 1, true) ~= nil
end

-- Opens a file with this text; the cursor stands at its end, in insert mode.
local function edit(name, text)
  type_keys('<Esc>')
  local path = folder .. '/' .. name
  vim.fn.writefile(vim.split(text, '\n', { plain = true }), path)
  lua('vim.cmd("silent edit " .. vim.fn.fnameescape(...))', path)
  wait_for('the server to attach', function()
    return lua([[
      local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = 0 }) or vim.lsp.buf_get_clients(0)
      for _, client in pairs(clients) do
        if client.name == 'espalier' and client.initialized ~= false then return true end
      end
      return false]])
  end)
  type_keys('G$a')
  return path
end

local cases = {}

cases['ghost text is shown while typing and accepted'] = function()
  local path = edit('sum.py', 'def add(a, b):\n    """Return the sum of a and b."""\n    ')
  type_keys('return ')
  local shown = wait_for('ghost text', ghost)
  say('  ghost: %s', table.concat(shown, ' | '))
  check(on_screen(shown[1]), 'the ghost text is not on the screen')
  check(not sensible or shown[1]:find('a + b', 1, true), 'the ghost text makes no sense')
  local before = buffer_text()
  type_keys('<Tab>')
  local wanted = before .. table.concat(shown, '\n')
  wait_for('the accepted text', function() return buffer_text() == wanted end)
  check(not ghost() or not table.concat(ghost(), '\n'):find(table.concat(shown, '\n'), 1, true), 'the ghost stays')
  type_keys('<Esc>:w<CR>')
  wait_for('the file', function() return table.concat(vim.fn.readfile(path), '\n') == wanted end)
end

cases['columns are right behind characters of two UTF-16 units'] = function()
  edit('astral.py', '')
  type_keys("print('😀é', len('a😀b'[0:")
  local shown = wait_for('ghost text', ghost)
  say('  ghost: %s', table.concat(shown, ' | '))
  local before = buffer_text()
  type_keys('<Tab>')
  wait_for('the accepted text', function() return buffer_text() == before .. table.concat(shown, '\n') end)
end

cases['typing along the ghost text keeps it'] = function()
  edit('along.py', 'def add(a, b):\n    """Return the sum of a and b."""\n    ')
  type_keys('return ')
  local shown = table.concat(wait_for('ghost text', ghost), '\n')
  local first, rest = shown:sub(1, 1), shown:sub(2)
  type_keys(first)
  wait_for('the shorter ghost text', function()
    local now = ghost()
    return now and vim.startswith(rest, table.concat(now, '\n'):sub(1, 1)) and buffer_text():sub(-1) == first
  end)
end

cases['leaving insert mode hides it'] = function()
  edit('leave.py', 'def add(a, b):\n    """Return the sum of a and b."""\n    ')
  type_keys('return ')
  wait_for('ghost text', ghost)
  type_keys('<Esc>')
  wait_for('the ghost text to go', function() return ghost() == nil end)
end

cases['the reason for the last answer can be asked for'] = function()
  edit('why.py', 'x = 1\n')
  type_keys('y')
  local reason = wait_for('a reason', function()
    return lua([[
      local result
      local params = { textDocument = vim.lsp.util.make_text_document_params() }
      local answers = vim.lsp.buf_request_sync(0, 'espalier/reason', params, 5000) or {}
      for _, answer in pairs(answers) do result = answer.result end
      return type(result) == 'table' and result.reason or false]])
  end)
  say('  reason: %s', reason)
end

cases['tests for the function at the cursor are written'] = function()
  edit('stats.py', 'def clamp(x: int, low: int, high: int) -> int:\n    """\n    >>> clamp(5, 0, 3)\n    3\n    """\n    '
    .. 'return max(low, min(x, high))\n')
  type_keys('<Esc>gg')
  lua('vim.cmd("EspalierTests")')
  local text = wait_for('the file of tests', function()
    return lua([[
      for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
        if vim.api.nvim_buf_get_name(buffer):find('test_stats%.py$') then
          local lines = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
          if lines:find('clamp') then return lines end
        end
      end
      return false]])
  end)
  check(text:find('assert clamp(5, 0, 3) == 3', 1, true), 'the documented example is not among the tests')
  say('  tests: %d', select(2, text:gsub('def test_', '')))
end

local without_ghost = {
  ['the reason for the last answer can be asked for'] = true,
  ['tests for the function at the cursor are written'] = true,
}

local function run()
  local version = lua('local v = vim.version() return v.major .. "." .. v.minor .. "." .. v.patch')
  say('Neovim %s, model %s', version, vim.env.ESPALIER_MODEL)
  local failures = 0
  local names = vim.tbl_keys(cases)
  table.sort(names)
  for _, name in ipairs(names) do
    -- A random model shows ghost text only by luck.
    if sensible or without_ghost[name] then
      local ok, problem = pcall(cases[name])
      say('%s %s', ok and 'ok  ' or 'FAIL', name)
      if not ok then
        failures = failures + 1
        say('%s\nmessages:\n%s', problem, table.concat(messages, '\n'))
      end
    end
  end
  return failures
end

local ok, failures = pcall(run)
if not ok then say('%s', failures) end
pcall(vim.rpcnotify, channel, 'nvim_command', 'qa!')
vim.fn.jobwait({ job }, 10000)
vim.fn.delete(folder, 'rf')
vim.cmd(ok and failures == 0 and 'qa!' or 'cq!')
