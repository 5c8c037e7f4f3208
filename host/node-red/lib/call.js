// One call of an action for a node.

/** Calls `name`; an error that is not Clio's own says what to do in the editor. */
exports.call = async (account, name, input, options) => {
  if (!account?.clio) throw new Error("this node has no account that can be used; open it and choose one");
  if (!name) throw new Error("this node has no function; open it and choose one");
  return account.clio.call(name, input, options);
};

/** Shows on a node that a call failed, and puts what a flow can read of it into `msg`. */
exports.failed = (node, error, msg) => {
  const code = error.code ?? "failed";
  node.status({ fill: "red", shape: "ring", text: code });
  // The JSON that every host of the actions prints.
  if (error.error) msg.clioError = error.toJSON();
};
