/** On the server the package stays where it is installed, with its files beside it. */
export default { serverExternalPackages: ["plimsoll"] };
