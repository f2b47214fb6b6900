-- Espalier in Neovim: starts the language server for the files it knows and shows its inline
-- completions. Neovim 0.12 and later have a client for these of their own; 0.7 to 0.11 get one from
-- espalier.ghost.
local M = {}

local defaults = {
  -- The server. Add flags here, e.g. { 'espalier', 'lsp', '--model', 'qwen2.5-coder-1.5b' }.
  cmd = { 'espalier', 'lsp' },
  filetypes = {
    'python', 'c', 'cpp', 'java', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'rust',
  },
  -- Insert-mode keys; false leaves a key alone. Keys do what they always did when nothing is shown.
  keys = { accept = '<Tab>', dismiss = '<C-]>' },
  -- How long typing has to pause before a completion is asked for (Neovim 0.7 to 0.11).
  debounce_ms = 75,
  -- Passed to the server: maxTokens, multiLine, inComments, inStrings.
  init_options = vim.empty_dict(),
}

M.options = defaults

-- The directory of the repository that the buffer's file is in, or the file's own.
local function root_dir(bufnr)
  local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':p:h')
  local git = vim.fn.finddir('.git', vim.fn.escape(folder, ' ,;') .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or folder
end

local function client_config(bufnr)
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.textDocument.inlineCompletion = { dynamicRegistration = false }
  return {
    name = 'espalier',
    cmd = M.options.cmd,
    root_dir = root_dir(bufnr),
    init_options = M.options.init_options,
    capabilities = capabilities,
  }
end

local clients = {} -- by root directory, for Neovim 0.7

-- Attaches the server to a buffer, starting it when none runs for the buffer's root directory.
local function attach(bufnr)
  if vim.bo[bufnr].buftype ~= '' or vim.api.nvim_buf_get_name(bufnr) == '' then return end
  local config = client_config(bufnr)
  if vim.lsp.start then return vim.lsp.start(config, { bufnr = bufnr }) end
  local id = clients[config.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[config.root_dir] = id
  end
  if id then vim.lsp.buf_attach_client(bufnr, id) end
end

-- Why the last completion of this buffer showed nothing.
function M.why()
  local params = { textDocument = vim.lsp.util.make_text_document_params() }
  vim.lsp.buf_request(0, 'espalier/reason', params, function(err, result)
    if err then return vim.notify('Espalier: ' .. err.message, vim.log.levels.ERROR) end
    if not result or result == vim.NIL then return vim.notify('Espalier: nothing was asked for in this buffer') end
    local detail = result.detail ~= '' and ': ' .. result.detail or ''
    vim.notify(('Espalier: %s%s (%d ms, %d tokens written)'):format(
      result.reason, detail, result.totalMs, result.generatedTokens))
  end)
end

-- Writes tests for the function at the cursor into a new file beside this one; takes a while.
function M.tests()
  local at = vim.lsp.util.make_position_params(0, 'utf-16')
  local params = {
    command = 'espalier.generateTests',
    arguments = { { uri = at.textDocument.uri, position = at.position } },
  }
  vim.lsp.buf_request(0, 'workspace/executeCommand', params, function(err)
    if err then vim.notify('Espalier: ' .. err.message, vim.log.levels.WARN) end
  end)
end

local function map(key, action)
  if not key then return end
  vim.keymap.set('i', key, function() return action() and '' or key end,
    { expr = true, desc = 'Espalier inline completion' })
end

-- Accepts an item of Neovim's own client. That client puts it where it was made for, also when more
-- was typed since (neovim#36529); our items begin at the cursor they were made for, so that what was
-- typed since stands between there and the cursor: it is replaced too, or the item is out of date.
local function accept_builtin_item(item)
  local client = vim.lsp.get_client_by_id(item.client_id)
  if not client or client.name ~= 'espalier' or type(item.insert_text) ~= 'string' then return item end
  local row, first, _, last = item.range:to_extmark()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local typed = vim.api.nvim_get_current_line():sub(first + 1, cursor[2])
  if cursor[1] - 1 ~= row or cursor[2] < first or not vim.startswith(item.insert_text, typed) then return nil end
  require('espalier.ghost').replace(0, row, first, last + #typed, item.insert_text)
end

local function use_builtin_client()
  vim.lsp.config('espalier', {
    cmd = M.options.cmd,
    filetypes = M.options.filetypes,
    root_markers = { '.git' },
    init_options = M.options.init_options,
  })
  vim.lsp.enable('espalier')
  vim.lsp.inline_completion.enable()
  map(M.options.keys.accept, function()
    return vim.lsp.inline_completion.get({ on_accept = accept_builtin_item })
  end)
end

local function use_own_client()
  local ghost = require('espalier.ghost')
  ghost.setup({ debounce_ms = M.options.debounce_ms })
  map(M.options.keys.accept, ghost.accept)
  map(M.options.keys.dismiss, ghost.dismiss)
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('espalier', {}),
    pattern = M.options.filetypes,
    callback = function(event) attach(event.buf) end,
  })
end

-- Call it once from your configuration; options as in `defaults` above.
function M.setup(options)
  M.options = vim.tbl_deep_extend('force', defaults, options or {})
  if vim.lsp.inline_completion then use_builtin_client() else use_own_client() end
  vim.api.nvim_create_user_command('EspalierWhy', M.why, { desc = 'Why Espalier shows nothing' })
  vim.api.nvim_create_user_command('EspalierTests', M.tests, { desc = 'Write tests for the function at the cursor' })
end

return M
