// A client in another language, made of the printed file alone: what it is told, it does, and says what came back.
// Usage: node grpc_client.mjs ADDRESS FOLDER FILE TOKEN
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [address, folder, file, token] = process.argv.slice(2);
const options = { keepCase: true, longs: String, enums: String, oneofs: true, includeDirs: [folder] };
const { jobs } = grpc.loadPackageDefinition(loader.loadSync(file, options));
const credentials = grpc.credentials.createInsecure();
const metadata = new grpc.Metadata();
metadata.set('authorization', `Bearer ${token}`);
const call = (service, method, request) => {
  const client = new jobs.v1[service](address, credentials);
  const deadline = { deadline: Date.now() + 20_000 };
  return new Promise((done) => client[method](request, metadata, deadline, (error, answer) => done({ error, answer })));
};
const { answer: { company } } = await call('CompanyService', 'FoundCompany', { name: 'Acme' });
const job = { company_id: company.id, title: 'Engineer', body: 'Build', city: 'Oslo' };
const made = (await call('JobService', 'CreateJob', { job })).answer.job;
const mask = { paths: ['title'] };
const changed = { id: made.id, title: 'Lead', city: 'Bergen', etag: made.etag };
const updated = (await call('JobService', 'UpdateJob', { job: changed, update_mask: mask })).answer.job;
const stale = await call('JobService', 'UpdateJob', { job: changed, update_mask: mask });
const listed = (await call('JobService', 'ListJobs', { filter: 'city = "Oslo"', page_size: 5 })).answer.jobs;
console.log(JSON.stringify({
  status: made.status,
  title: updated.title,
  city: updated.city,
  stale: grpc.status[stale.error.code],
  details: stale.error.metadata.get('grpc-status-details-bin').length,
  listed: listed.map((each) => each.title),
}));
