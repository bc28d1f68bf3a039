// The API reference, and the sign-in above it: its token goes to the reference and is kept nowhere else.

/** No proxy, fonts, telemetry or agent of anyone else: calls go straight from the page to this server. */
const settings = {
  url: '../openapi.json',
  proxyUrl: '',
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  persistAuth: false,
  defaultOpenAllTags: true,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
};
const withToken = (token) => ({
  ...settings,
  authentication: { preferredSecurityScheme: 'bearer', securitySchemes: { bearer: { token } } },
});
const reference = Scalar.createApiReference('#reference', withToken(''));

// The reference keeps what stays in place below the line above it, where that stays too (page.css).
const header = document.querySelector('header');
new ResizeObserver(() => {
  const stays = getComputedStyle(header).position === 'sticky';
  const height = `${stays ? header.offsetHeight : 0}px`;
  document.documentElement.style.setProperty('--scalar-custom-header-height', height);
}).observe(header);

const signIn = document.querySelector('#sign-in');
const signOut = document.querySelector('#sign-out');
const { code } = signIn.elements;
const [status, problem] = ['status', 'alert'].map((role) => header.querySelector(`[role=${role}]`));
/** The tokens of who is signed in; null for nobody. */
let session = null;
let renewal;

/** Sends JSON without the browser's cookie, and has none set. Throws what to show, with the error's `code`. */
async function send(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const sent = { method: 'POST', credentials: 'omit', headers, ...(body && { body: JSON.stringify(body) }) };
  const answer = await fetch(`../${path}`, sent).catch(() => {
    throw new Error('FTrader does not answer: is it running?');
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  const wait = told.retryAfterMs ? ` Try again in ${Math.ceil(told.retryAfterMs / 1000)} s.` : '';
  throw Object.assign(new Error((told.message ?? `The server answered ${answer.status}.`) + wait), {
    code: told.code,
  });
}

/** How long a token lives, in ms, by the server's clock alone. */
function lifeOf(token) {
  const { iat, exp } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  return (exp - iat) * 1000;
}

function show(signedIn, said = '') {
  session = signedIn;
  clearTimeout(renewal);
  reference.updateConfiguration(withToken(session?.accessToken ?? ''));
  signIn.hidden = session !== null;
  signOut.hidden = session === null;
  if (session) {
    signOut.querySelector('#who').textContent = session.user.email;
    renewal = setTimeout(renew, lifeOf(session.accessToken) * 0.8);
  }
  status.textContent = session
    ? 'The calls below are made with this login. Those that deal do deal: see to which account they go.'
    : 'Sign in to try the calls; nothing is kept when this page is left.';
  problem.textContent = said;
}

async function renew() {
  try {
    show(await send('token/refresh', { refreshToken: session.refreshToken }));
  } catch (error) {
    show(null, `You are signed out. ${error.message}`);
  }
}

function askForCode(asked) {
  code.disabled = !asked;
  code.closest('label').hidden = !asked;
  code.value = '';
  if (asked) code.focus();
}

/** What a form does when it is sent; nothing further while that is under way. */
function onSubmit(form, act) {
  const button = form.querySelector('button');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = '';
    button.disabled = true;
    await act();
    button.disabled = false;
  });
}

onSubmit(signIn, async () => {
  try {
    show(await send('auth/login', Object.fromEntries(new FormData(signIn))));
    signIn.reset();
    askForCode(false);
  } catch (error) {
    problem.textContent = error.message;
    askForCode(error.code === 'auth.code_required' || error.code === 'auth.code_wrong');
  }
});
onSubmit(signOut, async () => {
  try {
    await send('auth/logout', undefined, session.accessToken);
    show(null);
  } catch (error) {
    show(null, `Signed out here only; the login ends by itself. ${error.message}`);
  }
});
