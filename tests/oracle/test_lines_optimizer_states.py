"""What optimizers remember, line by line against PyTorch: tensors that move, are written to, saved and taken over; rates that are tensors."""

from tests.oracle.lines import comparisons, table

# Words that several programs begin with: a parameter, a model and an input, and a step along a given gradient.
BEGIN = """
p = nn.Parameter(t([1.0, 2.0]))
m = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
x = T.randn(5, 3)
def go(o, g=0.5, p=p):
    p.grad = T.full_like(p, g)
    o.step()
def fit(o, x=x, m=m):
    o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
"""

PROGRAMS = {
    name: BEGIN + program
    for name, program in table("""
held moves | o=T.optim.Adam([p]); go(o); s=o.state[p]['exp_avg']; a=s.clone(); go(o); R=s,a,o.state[p]['exp_avg'] is s,repr(s),repr(o.state[p]['step'])
step | o=T.optim.Adam([p]); go(o); n=o.state[p]['step']; go(o); go(o); R=n,n.dtype,n.shape,int(n),f'{n}'
written | o=T.optim.SGD([p],.1,momentum=.9); go(o); o.state[p]['momentum_buffer'].zero_(); go(o,0.); R=p,o.state[p]['momentum_buffer']
written before the first step | o=T.optim.SGD([p],.1,momentum=.9); o.state[p]['momentum_buffer']=T.ones(2); go(o); R=p,dict(o.state[p])
scaled in place | o=T.optim.Adam([p]); go(o)\\nfor s in o.state.values():\\n for k,v in s.items():\\n  if k!='step': v.mul_(.5)\\ngo(o); R=p,dict(o.state[p])
replaced | o=T.optim.Adam([p]); go(o)\\nfor s in o.state.values():\\n for k,v in s.items():\\n  if isinstance(v,T.Tensor): s[k]=v.clone()\\ngo(o); R=p,dict(o.state[p])
moved to a device | o=T.optim.Adam([p]); go(o)\\nfor s in o.state.values():\\n for k,v in s.items():\\n  if T.is_tensor(v): s[k]=v.to('cpu')\\ngo(o); R=p
forgotten | o=T.optim.Adam([p]); go(o); o.state.clear(); go(o); R=p,dict(o.state[p])
one forgotten | o=T.optim.Adam(m.parameters()); fit(o); del o.state[m[0].weight]; fit(o); R=list(m.parameters()),len(o.state),[float(s['step']) for s in o.state.values()]
new dictionary | from collections import defaultdict; o=T.optim.Adam([p]); go(o); o.state=defaultdict(dict); go(o); R=p,float(o.state[p]['step'])
keys are the parameters | o=T.optim.Adam(m.parameters()); fit(o); R=[k is q for k,q in zip(o.state.keys(),m.parameters())],len(o.state),m[0].weight in o.state,p in o.state
asked for a stranger | o=T.optim.Adam([p]); R=len(o.state),o.state[x],len(o.state),o.state.get(p)
iterated | o=T.optim.Adam(m.parameters()); fit(o); R=[(k.shape,sorted(v)) for k,v in o.state.items()]
printed | o=T.optim.Adam([p],amsgrad=True); go(o); R=repr(dict(o.state[p])),str(o.state_dict()['state'])
none before a step | o=T.optim.Adam([p]); R=o.state_dict()['state'],len(o.state)
none without momentum | o=T.optim.SGD([p],.1); go(o); R=o.state_dict()['state']
Adagrad begins at once | o=T.optim.Adagrad([p],initial_accumulator_value=.5); R=dict(o.state[p]),o.state_dict()['state'][0]
a view of a state | o=T.optim.Adam([p]); go(o); v=o.state[p]['exp_avg'][0]; go(o); R=v,v+1
numpy of a state | o=T.optim.Adam([p]); go(o); v=o.state[p]['exp_avg'].numpy(); go(o); R=float(v[0]); v[0]=3.; go(o); R=R,o.state[p]['exp_avg'],p
detached | o=T.optim.Adam([p]); go(o); v=o.state[p]['exp_avg'].detach(); go(o); R=v
no gradient | o=T.optim.Adam([p]); go(o); s=o.state[p]['exp_avg']; R=s.requires_grad,s.is_leaf,s.grad_fn is None
bias-corrected by hand | o=T.optim.Adam([p]); go(o); s=o.state[p]; R=s['exp_avg']/(1-.9**s['step']),s['exp_avg_sq']/(1-.999**s['step'].item())
effective rate | o=T.optim.Adam(m.parameters()); fit(o); R=[(s['exp_avg']/(s['exp_avg_sq'].sqrt()+1e-8)).abs().mean() for s in o.state.values()]
norm of momentum | o=T.optim.SGD(m.parameters(),.1,momentum=.9); fit(o); fit(o); R=sum(s['momentum_buffer'].norm()**2 for s in o.state.values())
saved and taken over | o=T.optim.Adam([p]); go(o); go(o); f=io.BytesIO(); T.save(o.state_dict(),f); f.seek(0); q=nn.Parameter(p.detach().clone()); u=T.optim.Adam([q]); u.load_state_dict(T.load(f)); go(o); go(u,p=q); R=p,q,dict(u.state[q]),dict(o.state[p])
taken over shares | o=T.optim.SGD([p],.1,momentum=.9); go(o); q=nn.Parameter(t([1.,2.])); u=T.optim.SGD([q],.1,momentum=.9); u.load_state_dict(o.state_dict()); go(o); go(u,p=q); R=p,q,u.state[q]['momentum_buffer'] is o.state[p]['momentum_buffer'],u.state[q]['momentum_buffer']
a deep copy of the dictionary | o=T.optim.Adam([p]); go(o); d=copy.deepcopy(o.state_dict()); go(o); R=d['state'],o.state_dict()['state']; o.load_state_dict(d); go(o); R=R,p,o.state_dict()
dictionary follows | o=T.optim.Adam([p]); go(o); d=o.state_dict(); go(o); R=d['state'][0],d['state'][0]['exp_avg'] is o.state[p]['exp_avg']
dtype taken over | o=T.optim.SGD([p],.1,momentum=.9); go(o); q=nn.Parameter(t([1.,2.],dtype=T.float64)); u=T.optim.SGD([q],.1,momentum=.9); u.load_state_dict(o.state_dict()); R=u.state[q]['momentum_buffer']; go(u,p=q); R=R,q
half a model taken over | o=T.optim.Adam(m.parameters()); fit(o); u=T.optim.Adam(m[0].parameters()); u.load_state_dict(o.state_dict())
groups | o=T.optim.SGD([{'params':m[0].parameters(),'momentum':.9},{'params':m[2].parameters()}],.1); fit(o); fit(o); R=o.state_dict()
momentum switched on | o=T.optim.SGD([p],.1); go(o); o.param_groups[0]['momentum']=.9; go(o); go(o); R=p,dict(o.state[p])
a parameter added | o=T.optim.Adam([p]); go(o); q=nn.Parameter(t([3.])); o.add_param_group({'params':[q],'lr':.1}); go(o); go(o,p=q); R=p,q,[float(s['step']) for s in o.state.values()]
a parameter replaced | o=T.optim.Adam([p]); go(o); q=nn.Parameter(t([3.])); s=o.state.pop(p); o.param_groups[0]['params'][0]=q; o.state[q]={'step':s['step'],'exp_avg':s['exp_avg'][:1],'exp_avg_sq':s['exp_avg_sq'][:1]}; go(o,p=q); R=q,dict(o.state[q])
grown as in splats | o=T.optim.Adam([p]); go(o); q=nn.Parameter(T.cat([p.detach(),t([5.])])); s=o.state.pop(p); s['exp_avg']=T.cat([s['exp_avg'],T.zeros(1)]); s['exp_avg_sq']=T.cat([s['exp_avg_sq'],T.zeros(1)]); o.param_groups[0]['params']=[q]; o.state[q]=s; go(o,p=q); R=q,dict(o.state[q])
groups exchanged | q=nn.Parameter(t([3.])); o=T.optim.Adam([{'params':[p]},{'params':[q],'lr':.1}]); go(o); q.grad=T.ones(1); o.step(); o.param_groups.reverse(); go(o); R=p,q,o.state_dict()
deep copy of both | o=T.optim.Adam(m.parameters(),.1); fit(o); m2,o2=copy.deepcopy((m,o)); fit(o2,m=m2); R=list(m2.parameters()),list(m.parameters()),[float(s['step']) for s in o2.state.values()]; fit(o); R=R,list(m.parameters())
pickle of both | q=nn.Parameter(t([1.,2.])); o=T.optim.Adam([q],.1); go(o,p=q); q2,o2=pickle.loads(pickle.dumps((q,o))); go(o2,p=q2); R=q2,q,dict(o2.state[q2])
amsgrad | o=T.optim.Adam([p],amsgrad=True); go(o); go(o,.1); R=dict(o.state[p])
mean of ASGD | o=T.optim.ASGD([p],.1,t0=1); go(o); a=o.state[p]['ax']; go(o); go(o); R=a,dict(o.state[p])
Rprop | o=T.optim.Rprop([p]); go(o); s=o.state[p]['step_size']; go(o); R=s,dict(o.state[p])
NAdam | o=T.optim.NAdam([p]); go(o); s=o.state[p]['mu_product']; go(o); R=s,dict(o.state[p])
LBFGS | o=T.optim.LBFGS([p],max_iter=3)\\ndef c():\\n o.zero_grad(); l=(p**4).sum(); l.backward(); return l\\no.step(c); s=o.state[p]; R=s['n_iter'],s['func_evals'],s['d'],s['old_dirs'],s['prev_loss'],len(s['al']); o.step(c); R=R,p,s['n_iter'],s['func_evals']
LBFGS taken over | o=T.optim.LBFGS([p],max_iter=3)\\ndef c(o=o,p=p):\\n o.zero_grad(); l=(p**4).sum(); l.backward(); return l\\no.step(c); q=nn.Parameter(p.detach().clone()); u=T.optim.LBFGS([q],max_iter=3); u.load_state_dict(copy.deepcopy(o.state_dict())); o.step(c); u.step(lambda: c(u,q)); R=p,q,u.state[q]['n_iter']
Lookahead by hand | o=T.optim.SGD([p],.1); slow=p.detach().clone()\\nfor i in range(6):\\n go(o)\\n if i%3==2:\\n  slow+=.5*(p.data-slow); p.data.copy_(slow)\\nR=p,slow
one's own | class O(T.optim.Optimizer):\\n def __init__(s,ps,lr=.1): super().__init__(ps,dict(lr=lr))\\n @T.no_grad()\\n def step(s):\\n  for g in s.param_groups:\\n   for p in g['params']:\\n    st=s.state[p]\\n    if len(st)==0: st['n']=0; st['v']=T.zeros_like(p)\\n    st['n']+=1; st['v'].mul_(.9).add_(p.grad); p.add_(st['v'],alpha=-g['lr'])\\no=O([p]); go(o); v=o.state[p]['v']; go(o); R=p,v,o.state_dict(); u=O([nn.Parameter(t([0.,0.]))]); u.load_state_dict(copy.deepcopy(o.state_dict())); R=R,u.state_dict()
one's own global | class O(T.optim.SGD):\\n def step(s):\\n  s.state['k']=s.state.get('k',0)+1; super().step()\\no=O([p],.1,momentum=.9); go(o); go(o); R=o.state['k'],o.state_dict(),p
tensor rate | r=t(.1); o=T.optim.SGD([p],lr=r); go(o); r.mul_(.1); go(o); R=p,o.param_groups[0]['lr'] is r,repr(o)
tensor rate of Adam | r=t(.1); o=T.optim.Adam([p],lr=r); go(o); r.fill_(.01); go(o); R=p,o.state_dict()['param_groups']
tensor rate of each | r=t(.1); R=[]\\nfor n in ['AdamW','Adamax','NAdam','RAdam','RMSprop','Adagrad','Adadelta','ASGD','Rprop']:\\n q=nn.Parameter(t([1.,2.])); o=getattr(T.optim,n)([q],lr=r.clone()); go(o,p=q); o.param_groups[0]['lr'].mul_(.5); go(o,p=q); R.append(q)
tensor rate in a group | r=t(.5); o=T.optim.SGD([{'params':[p],'lr':r}],.1); go(o); r.zero_(); go(o); R=p
tensor rate scheduled | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.StepLR(o,1,.5); go(o); s.step(); go(o); R=p,r,o.param_groups[0]['lr'] is r,s.get_last_lr()
tensor rate, exponential | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.ExponentialLR(o,.9)\\nfor i in range(3): go(o); s.step()\\nR=p,r,s.get_last_lr()
tensor rate, cosine | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.CosineAnnealingLR(o,4)\\nfor i in range(3): go(o); s.step()\\nR=p,r,s.get_last_lr()
tensor rate, one cycle | r=t(.1); o=T.optim.SGD([p],lr=r,momentum=.9); s=T.optim.lr_scheduler.OneCycleLR(o,.2,total_steps=6)\\nfor i in range(4): go(o); s.step()\\nR=p,r
tensor rate, lambda | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.LambdaLR(o,lambda e: .5**e)\\nfor i in range(3): go(o); s.step()\\nR=p,r
tensor rate, plateau | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.ReduceLROnPlateau(o,patience=0)\\nfor i in range(4): go(o); s.step(1.)\\nR=p,r
tensor rate, sequential | r=t(.1); o=T.optim.SGD([p],lr=r); L=T.optim.lr_scheduler; s=L.SequentialLR(o,[L.ConstantLR(o,.1,2),L.ExponentialLR(o,.9)],milestones=[2])\\nfor i in range(4): go(o); s.step()\\nR=p,r
tensor rate, warm restarts | r=t(.1); o=T.optim.SGD([p],lr=r); s=T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o,2)\\nfor i in range(5): go(o); s.step()\\nR=p,r
tensor rate of two elements | o=T.optim.SGD([p],lr=t([.1,.2]))
tensor rate of one element | o=T.optim.SGD([p],lr=t([.1])); go(o); R=p
tensor rate taken over | r=t(.1); o=T.optim.SGD([p],lr=r); d=o.state_dict(); u=T.optim.SGD([p],.5); u.load_state_dict(d); R=u.param_groups[0]['lr'],u.param_groups[0]['lr'] is r; r.fill_(3.); R=R,u.param_groups[0]['lr'],d['param_groups'][0]['lr']
zeros in place | p.grad=T.ones(2); g=p.grad; o=T.optim.SGD([p],.1); o.zero_grad(set_to_none=False); R=g,p.grad is g,p.grad.requires_grad
zeros in place, then backward | o=T.optim.SGD([p],.1); (p**2).sum().backward(); g=p.grad; o.zero_grad(set_to_none=False); (p**3).sum().backward(); R=g,p.grad is g,p.grad
zeros of a recorded gradient | (p**3).sum().backward(create_graph=True); g=p.grad; o=T.optim.SGD([p],.1); o.zero_grad(set_to_none=False); R=p.grad,p.grad.requires_grad,p.grad.grad_fn is None
zeros of a module | (m(x)**2).sum().backward(); g=[q.grad for q in m.parameters()]; m.zero_grad(set_to_none=False); R=g,[a is q.grad for a,q in zip(g,m.parameters())]
none of a module | (m(x)**2).sum().backward(); g=[q.grad for q in m.parameters()]; m.zero_grad(); R=[float(a.abs().sum())>0 for a in g],[q.grad for q in m.parameters()]
gradient accumulates in place | (p**2).sum().backward(); g=p.grad; (p**3).sum().backward(); R=g,p.grad is g
gradient kept in a list | R=[]; o=T.optim.SGD([p],.1)\\nfor i in range(3): o.zero_grad(); (p**2).sum().backward(); R.append(p.grad); o.step()
gradient kept, zeroed in place | R=[]; o=T.optim.SGD([p],.1)\\nfor i in range(3): o.zero_grad(set_to_none=False); (p**2).sum().backward(); R.append(p.grad); o.step()
compiled, looked at between | o=T.optim.Adam(m.parameters(),.1); f=compiled(lambda x: fit(o,x)); f(x); s=o.state[m[0].weight]['exp_avg']; n=o.state[m[0].bias]['step']; f(x); f(x*2); R=s,n,list(m.parameters()); s.zero_(); f(x); R=R,list(m.parameters()),s
compiled, momentum | o=T.optim.SGD(m.parameters(),.1,momentum=.9); f=compiled(lambda x: fit(o,x)); f(x); f(x); s=o.state[m[0].weight]['momentum_buffer']; a=s.clone(); f(x); R=a,s,o.state_dict()
compiled, momentum forgotten | o=T.optim.SGD(m.parameters(),.1,momentum=.9); f=compiled(lambda x: fit(o,x)); f(x); f(x); o.state.clear(); f(x); R=list(m.parameters()),o.state_dict()
compiled, state read in it | o=T.optim.Adam(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x); return l,o.state[m[0].weight]['exp_avg'].norm()\\ns=compiled(s); R=[s(x) for i in range(4)]
compiled, state captured | o=T.optim.Adam(m.parameters(),.1); fit(o); v=o.state[m[0].weight]['exp_avg']\\ndef s(x):\\n a=v.sum(); l=fit(o,x); return a,v.sum()\\ns=compiled(s); R=[s(x) for i in range(4)],v
compiled, state captured and written | o=T.optim.SGD(m.parameters(),.1,momentum=.9); fit(o); v=o.state[m[0].weight]['momentum_buffer']\\ndef s(x):\\n v.mul_(.5); return fit(o,x)\\ns=compiled(s); R=[s(x) for i in range(4)],v,list(m.parameters())
compiled, tensor rate | r=t(.1); o=T.optim.SGD(m.parameters(),lr=r); f=compiled(lambda x: fit(o,x)); R=[]\\nfor i in range(5):\\n R.append(f(x)); r.mul_(.5)\\nR=R,list(m.parameters())
compiled, tensor rate of Adam | r=t(.1); o=T.optim.Adam(m.parameters(),lr=r); f=compiled(lambda x: fit(o,x)); R=[]\\nfor i in range(5):\\n R.append(f(x)); r.mul_(.5)\\nR=R,list(m.parameters())
compiled, tensor rate scheduled | r=t(.1); o=T.optim.Adam(m.parameters(),lr=r); c=T.optim.lr_scheduler.ExponentialLR(o,.5); f=compiled(lambda x: fit(o,x)); R=[]\\nfor i in range(5):\\n R.append(f(x)); c.step()\\nR=R,list(m.parameters()),r
compiled, tensor rate changed in it | r=t(.1); o=T.optim.SGD(m.parameters(),lr=r)\\ndef s(x):\\n l=fit(o,x); r.mul_(.5); return l\\ns=compiled(s); R=[s(x) for i in range(4)],list(m.parameters()),r
compiled, tensor rate changed before | r=t(.1); o=T.optim.SGD(m.parameters(),lr=r)\\ndef s(x):\\n r.mul_(.5); return fit(o,x)\\ns=compiled(s); R=[s(x) for i in range(4)],list(m.parameters()),r
compiled, zeros in place | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=(m(x)**2).mean(); l.backward(); o.step(); o.zero_grad(set_to_none=False); return l\\ns=compiled(s); s(x); g=m[0].weight.grad; R=[s(x*k) for k in (1,2,3)],g,list(m.parameters()),[q.grad for q in m.parameters()]
compiled, zeros in place first | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(set_to_none=False); l=(m(x)**2).mean(); l.backward(); o.step(); return l\\ns=compiled(s); s(x); g=m[0].weight.grad; R=[s(x*k) for k in (1,2,3)],g,list(m.parameters()),[q.grad for q in m.parameters()]
compiled, saved between | o=T.optim.Adam(m.parameters(),.1); f=compiled(lambda x: fit(o,x)); f(x); f(x); d=copy.deepcopy(o.state_dict()); w=[q.detach().clone() for q in m.parameters()]; f(x); o.load_state_dict(d)\\nwith T.no_grad():\\n for q,v in zip(m.parameters(),w): q.copy_(v)\\nf(x); R=list(m.parameters()),o.state_dict()
""").items()
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
