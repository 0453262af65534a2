import tailwindcss from '@tailwindcss/vite'
import { tanstackRouter } from '@tanstack/router-plugin/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './vite-precompress.ts'

const server = `http://127.0.0.1:${process.env.PORT ?? '3000'}`

export default defineConfig({
  plugins: [tanstackRouter({ autoCodeSplitting: true }), react(), tailwindcss(), precompress()],
  server: {
    port: Number(process.env.WEB_PORT ?? '5173'),
    strictPort: process.env.WEB_PORT !== undefined,
    proxy: { '/trpc': server, '/healthz': server },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    sourcemap: false,
    target: 'es2023',
    // The content policy allows no data: URL but for images, so a small font must stay a file.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What nearly every page needs travels in two files that compress well, not in thirty small ones.
          groups: [
            {
              name: 'framework',
              test: /node_modules[\\/](?:react|react-dom|scheduler|@tanstack|@trpc)[\\/]/,
            },
            {
              name: 'interface',
              test: /[\\/]src[\\/](?:components[\\/](?!history)|lib[\\/])|[\\/]lucide-react[\\/]/,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
})
