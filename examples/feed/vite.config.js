export default {
  // the development server looks for packages in pages, not in their workers, and reloads the page for one that it finds late
  optimizeDeps: { include: ["plimsoll/worker"] },
};
