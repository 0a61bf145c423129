// Uploads a file with a token, and shows how far it has come. Without this script the form
// sends the file itself; fetch() can't tell how much of a body is sent, XMLHttpRequest can.

const form = document.querySelector("form.upload");
const going = form?.querySelector(".going");
const refused = form?.querySelector(".refused");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  if (!file) return;
  const button = form.querySelector("button");
  button.disabled = true;
  refused.hidden = true;
  try {
    const { token, upload } = await announce(file);
    await send(file, upload, token);
    location.assign(form.action);
  } catch (error) {
    refused.textContent = error.message;
    refused.hidden = false;
  } finally {
    button.disabled = false;
    going.hidden = true;
  }
});

async function announce(file) {
  const types = JSON.parse(form.dataset.types);
  const suffix = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
  const type = types[suffix] ?? file.type ?? "";
  const answer = await fetch(form.dataset.token, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: file.name, type: type || "unknown", size: file.size }),
  });
  const fields = await answer.json();
  if (!answer.ok) throw new Error(reason(fields));
  return fields;
}

function send(file, address, token) {
  const bar = going.querySelector("progress");
  bar.value = 0;
  going.hidden = false;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
    request.addEventListener("error", () => reject(new Error("The connection broke. Try again.")));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve();
      else reject(new Error(reason(request.response)));
    });
    request.open("PUT", address);
    request.responseType = "json";
    request.setRequestHeader("Authorization", `Upload ${token}`);
    request.send(file);
  });
}

function reason(problem) {
  const words = problem?.errors?.map((one) => `The ${one.field || "file"} ${one.reason}.`);
  return words?.join(" ") || problem?.detail || "That did not work. Try again.";
}
