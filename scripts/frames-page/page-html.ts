/** The page of frames: it connects as the user in its query, and lists frames, the newest first. */
export const pageHtml = (connectUrl: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Guerdon: frames</title>
<style>
  body { font: 16px/1.5 system-ui; margin: 2rem auto; max-width: 50rem; padding: 0 1rem }
  li { border-bottom: 1px solid #ddd; padding: .5rem 0 } code { font-size: .8em; color: #555 }
</style>
<h1>Frames of <span id="user"></span></h1>
<p>Connection: <b id="state">closed</b>. <span id="missed"></span></p>
<form>Another user: <input name="user" placeholder="c-00042"> <button>Connect</button></form>
<ol id="frames" reversed></ol>
<script type="module">
  import { connectClient } from '/connect-client.js';

  const at = (id) => document.getElementById(id);
  const user = new URLSearchParams(location.search).get('user') || 'c-00042';
  at('user').textContent = user;
  connectClient({
    url: ${JSON.stringify(connectUrl)},
    token: async () => (await fetch('/token?user=' + encodeURIComponent(user))).text(),
    onState: (state, reason) => { at('state').textContent = reason ? state + ': ' + reason : state },
    onMissed: () => { at('missed').textContent = 'Frames from before are in the inbox.' },
    onFrame: (frame) => {
      const item = document.createElement('li');
      const { reward = {} } = frame;
      item.append(frame.type + ': ' + (reward.couponCode ?? (reward.amount + ' ' + reward.currency)) + ' ');
      const text = document.createElement('code');
      text.textContent = JSON.stringify(frame);
      item.append(text);
      at('frames').prepend(item);
    },
  });
</script>
</html>
`;
