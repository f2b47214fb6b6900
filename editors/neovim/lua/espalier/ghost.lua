-- Inline completion for Neovim 0.7 to 0.11: asks textDocument/inlineCompletion while you type, shows the
-- answer as grey text behind the cursor and puts it into the buffer when it is accepted. What is typed
-- along the shown text shrinks it without asking again.
local M = {}

local api = vim.api
local namespace = api.nvim_create_namespace('espalier')
local has_inline_text = vim.fn.has('nvim-0.10') == 1

local options = { debounce_ms = 75 }
local timer = vim.loop.new_timer()
local pending -- { client, id }: the request under way
local shown -- { bufnr, row, first, last, text }: replaces bytes [first, last) of line `row` by `text`

local function clients_of(bufnr)
  if vim.lsp.get_clients then return vim.lsp.get_clients({ bufnr = bufnr }) end
  return vim.lsp.buf_get_clients(bufnr)
end

local function espalier_client(bufnr)
  for _, client in pairs(clients_of(bufnr)) do
    if client.name == 'espalier' then return client end
  end
end

local function hide()
  if shown and api.nvim_buf_is_valid(shown.bufnr) then api.nvim_buf_clear_namespace(shown.bufnr, namespace, 0, -1) end
  shown = nil
end

local function cancel()
  timer:stop()
  if pending then pending.client.cancel_request(pending.id) end
  pending = nil
end

-- Row and byte column of the cursor, from 0.
local function cursor()
  local position = api.nvim_win_get_cursor(0)
  return position[1] - 1, position[2]
end

local function line_at(bufnr, row)
  return api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
end

-- Byte column of an LSP character.
local function byte_column(line, character, encoding)
  if encoding == 'utf-8' then return math.min(character, #line) end
  local ok, column = pcall(vim.str_byteindex, line, character, encoding == 'utf-16')
  return ok and column or #line
end

-- What of the item is still to be written at the cursor; nil when the cursor has left it.
local function remainder(item)
  local row, column = cursor()
  if row ~= item.row or column < item.first then return nil end
  local typed = line_at(item.bufnr, row):sub(item.first + 1, column)
  if #typed >= #item.text or item.text:sub(1, #typed) ~= typed then return nil end
  return item.text:sub(#typed + 1)
end

local function draw(item)
  local text = remainder(item)
  if not text then return false end
  local row, column = cursor()
  local at_end = column >= #line_at(item.bufnr, row)
  local lines = vim.split(text, '\n', { plain = true })
  local mark = { virt_text = { { lines[1], 'Comment' } }, hl_mode = 'combine' }
  -- Before 0.10 text cannot be shown inside a line: there it stands behind the line's end.
  mark.virt_text_pos = has_inline_text and 'inline' or at_end and 'overlay' or 'eol'
  if #lines > 1 then
    mark.virt_lines = {}
    for i = 2, #lines do mark.virt_lines[i - 1] = { { lines[i], 'Comment' } } end
  end
  api.nvim_buf_clear_namespace(item.bufnr, namespace, 0, -1)
  api.nvim_buf_set_extmark(item.bufnr, namespace, row, column, mark)
  shown = item
  return true
end

local function show(bufnr, result, encoding)
  local items = result and result ~= vim.NIL and (result.items or result) or {}
  local item = items[1]
  if not item or type(item.insertText) ~= 'string' or not item.range then return hide() end
  local start, stop = item.range.start, item.range['end']
  local line = line_at(bufnr, start.line)
  local candidate = {
    bufnr = bufnr,
    row = start.line,
    first = byte_column(line, start.character, encoding),
    last = byte_column(line, stop.character, encoding),
    text = item.insertText:gsub('\r\n', '\n'),
    behind = #line - byte_column(line, stop.character, encoding),
  }
  if not draw(candidate) then hide() end
end

local function request()
  local bufnr = api.nvim_get_current_buf()
  local client = espalier_client(bufnr)
  if not client or api.nvim_get_mode().mode:sub(1, 1) ~= 'i' or vim.fn.pumvisible() == 1 then return end
  local encoding = client.offset_encoding or 'utf-16'
  local params = vim.lsp.util.make_position_params(0, encoding)
  params.context = { triggerKind = 2 }
  local tick = api.nvim_buf_get_changedtick(bufnr)
  local ok, id
  ok, id = client.request('textDocument/inlineCompletion', params, function(err, result)
    if pending and pending.id == id then pending = nil end
    if err or not api.nvim_buf_is_valid(bufnr) or api.nvim_buf_get_changedtick(bufnr) ~= tick then return end
    if api.nvim_get_current_buf() == bufnr and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
      show(bufnr, result, encoding)
    end
  end, bufnr)
  pending = ok and { client = client, id = id } or nil
end

local function on_change()
  if shown and not draw(shown) then hide() end
  cancel()
  if not espalier_client(api.nvim_get_current_buf()) then return end
  timer:start(options.debounce_ms, 0, vim.schedule_wrap(request))
end

-- Puts `text` in place of bytes [first, last) of a line and the cursor behind it.
function M.replace(bufnr, row, first, last, text)
  local lines = vim.split(text, '\n', { plain = true })
  api.nvim_buf_set_text(bufnr, row, first, row, last, lines)
  local last_column = (#lines == 1 and first or 0) + #lines[#lines]
  api.nvim_win_set_cursor(0, { row + #lines, last_column })
end

-- Replaces the item's range, and what was typed since, by its text.
local function insert(item)
  local line = line_at(item.bufnr, item.row)
  M.replace(item.bufnr, item.row, item.first, #line - item.behind, item.text)
end

-- Puts the shown text into the buffer; false when none is shown.
function M.accept()
  local item = shown
  if not item or not remainder(item) then return false end
  hide()
  vim.schedule(function() insert(item) end) -- an <expr> mapping must not change text itself
  return true
end

-- Hides the shown text; false when none is shown.
function M.dismiss()
  if not shown then return false end
  cancel()
  hide()
  return true
end

function M.setup(given)
  options = vim.tbl_extend('force', options, given)
  local group = api.nvim_create_augroup('espalier_ghost', {})
  api.nvim_create_autocmd({ 'TextChangedI', 'CursorMovedI' }, { group = group, callback = on_change })
  api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave' }, {
    group = group,
    callback = function()
      cancel()
      hide()
    end,
  })
end

return M
